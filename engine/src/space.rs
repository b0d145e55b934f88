//! What the engine explores: a graph that nobody has written down, of states that are keys.

/// A transition system whose states are numbers of at most 63 bits, equal if and only if the states
/// are equal.
///
/// A model whose state fits in 63 bits is a space by itself; [`Parted`](crate::parted::Parted)
/// makes one of any larger model. The engine calls [`Space::expand`] exactly once for each state,
/// from several threads, each with a worker of its own: what is to be judged or counted on the way
/// goes into the worker.
pub trait Space: Sync {
    /// What one thread keeps for itself: caches, counts, judgements.
    type Worker: Send;

    /// A fresh worker.
    fn worker(&self) -> Self::Worker;

    /// Number of bits of a key: 7 to 63.
    fn key_bits(&self) -> u32;

    /// The state in which every run begins.
    fn initial(&self, worker: &mut Self::Worker) -> u64;

    /// Calls `each` with every step that is enabled in the state `key`, found at `level` (0 for the
    /// initial state), and the state behind it, in ascending order of the steps.
    fn expand(
        &self,
        worker: &mut Self::Worker,
        level: u32,
        key: u64,
        each: &mut impl FnMut(u16, u64),
    );

    /// The same without judging, from any state, also one that is not the representative of its
    /// orbit, and in any order: calls `each` with the step, the state behind it, and the
    /// representative of that state's orbit. Unless `reduced`, with all steps, also those that
    /// partial order leaves out. A space that has no symmetry, leaves out nothing and judges
    /// nothing has no need to write it.
    fn walk(
        &self,
        worker: &mut Self::Worker,
        key: u64,
        reduced: bool,
        each: &mut impl FnMut(u16, u64, u64),
    ) {
        let _ = reduced;
        self.expand(worker, 0, key, &mut |step, to| each(step, to, to));
    }

    /// Bytes kept by the space itself, about.
    fn shared_bytes(&self) -> u64 {
        0
    }

    /// Bytes kept by a worker, about, and what its tables may soon need to grow. It is asked for
    /// after a few thousand states, so it must be quick.
    fn worker_bytes(&self, worker: &Self::Worker) -> u64 {
        let _ = worker;
        0
    }

    /// Bytes kept by the space and by `workers`.
    fn bytes(&self, workers: &[Self::Worker]) -> u64 {
        let own = workers.iter().map(|worker| self.worker_bytes(worker));
        self.shared_bytes() + own.sum::<u64>()
    }
}
