//! The same work on every worker of an arrangement.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Once;
use std::sync::mpsc::{Sender, channel};

use timely::WorkerConfig;
use timely::communication::allocator::zero_copy::initialize::initialize_networking_from_sockets;
use timely::communication::allocator::{AllocatorBuilder, ProcessBuilder};
use timely::communication::{Hooks, WorkerGuards};
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::ToStream;
use timely::dataflow::operators::generic::operator::Operator;
use timely::execute::execute_from;
use timely::worker::Worker;

use crate::arrangement::Arrangement;
use crate::connect::connect;
use crate::error::Error;
use crate::parcel::{Parcel, Words};

/// Words in a parcel of [`Peer::to_first`].
const PIECE: usize = 1 << 16;

/// What the processes have to agree on before they begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Of everything that decides the result, and of the program: equal if and only if equal.
    pub digest: u64,
    /// For people: what it is, on one line.
    pub label: String,
}

impl Job {
    /// A job with this label, of which `text` tells everything that decides the result.
    #[must_use]
    pub fn new(label: String, text: &str) -> Job {
        let digest = text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Job { digest, label }
    }
}

/// One worker among its peers.
pub struct Peer<'a> {
    pub(crate) worker: &'a mut Worker,
}

impl std::fmt::Debug for Peer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "worker {} of {}", self.index(), self.peers())
    }
}

impl Peer<'_> {
    /// Which worker it is, of all processes; the first is 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.worker.index()
    }

    /// Number of workers in all processes.
    #[must_use]
    pub fn peers(&self) -> usize {
        self.worker.peers()
    }

    /// Works until no dataflow is left.
    pub(crate) fn finish(&mut self) {
        while self.worker.has_dataflows() {
            self.worker.step_or_park(None);
        }
    }

    /// Sends parcels and takes those that are for this worker, by sender, in the order sent. All
    /// workers call it at the same point.
    pub(crate) fn exchange(&mut self, parcels: Vec<Parcel>) -> Vec<Parcel> {
        let inbox = Rc::new(RefCell::new(Vec::new()));
        let into = Rc::clone(&inbox);
        self.worker.dataflow::<u32, _, _>(|scope| {
            let stream = parcels.to_stream(scope).container::<Vec<Parcel>>();
            let pact = Exchange::new(|parcel: &Parcel| u64::from(parcel.to));
            stream.sink(pact, "Exchange", move |(input, _)| {
                input.for_each(|_, parcels| into.borrow_mut().append(parcels));
            });
        });
        self.finish();
        let mut received = inbox.take();
        received.sort_by_key(|parcel: &Parcel| parcel.from);
        received
    }

    /// Sends `words` to the first worker, which gets the words of each worker, in their order; the
    /// others get nothing. All workers call it at the same point.
    pub fn to_first(&mut self, words: &[u64]) -> Vec<Vec<u64>> {
        let from = u32::try_from(self.index()).unwrap_or(u32::MAX);
        let pieces = words.chunks(PIECE).map(|piece| Parcel {
            from,
            to: 0,
            words: Words(piece.to_vec()),
        });
        let received = self.exchange(pieces.collect());
        if from != 0 {
            return Vec::new();
        }
        let mut all = vec![Vec::new(); self.peers()];
        for parcel in received {
            all[parcel.from as usize].extend(parcel.words.0);
        }
        all
    }

    /// The word that the first worker gives. All workers call it at the same point.
    pub fn from_first(&mut self, word: u64) -> u64 {
        let peers = u32::try_from(self.peers()).unwrap_or(u32::MAX);
        let to = if self.index() == 0 { 0..peers } else { 0..0 };
        let parcels = to.map(|to| Parcel {
            from: 0,
            to,
            words: Words(vec![word]),
        });
        let received = self.exchange(parcels.collect());
        let first = received.first().and_then(|parcel| parcel.words.0.first());
        first.copied().unwrap_or(word)
    }
}

/// Does `work` on every worker, and returns what those of this process bring, the first one first.
/// What they send meanwhile is given to `hear`, in this thread.
///
/// # Errors
/// When the other processes are not there, do something else, or are lost on the way; when a worker
/// panics.
pub fn execute<T, N>(
    arrangement: &Arrangement,
    job: &Job,
    hear: &mut dyn FnMut(N),
    work: impl Fn(&mut Peer<'_>, &Sender<N>) -> T + Send + Sync + 'static,
) -> Result<Vec<T>, Error>
where
    T: Send + 'static,
    N: Send + 'static,
{
    hush();
    let (builders, others) = builders(arrangement, job)?;
    let (sender, heard) = channel();
    let config = WorkerConfig::default();
    let begun = execute_from(builders, others, config, move |worker| {
        work(&mut Peer { worker }, &sender)
    });
    let guards = begun.map_err(Error::Lost)?;
    for told in heard {
        hear(told);
    }
    joined(guards)
}

type Builders = (Vec<AllocatorBuilder>, Box<dyn Any + Send>);

fn builders(arrangement: &Arrangement, job: &Job) -> Result<Builders, Error> {
    let Hooks { refill, spill, .. } = Hooks::default();
    let threads = arrangement.threads;
    let own = ProcessBuilder::new_typed_vector(threads, refill, spill);
    if arrangement.processes() == 1 {
        let own = own.into_iter().map(AllocatorBuilder::Process);
        return Ok((own.collect(), Box::new(())));
    }
    let sockets = connect(arrangement, job)?;
    let (process, hooks) = (arrangement.process, Hooks::default());
    let network = initialize_networking_from_sockets(own, sockets, process, threads, hooks);
    let (builders, guard) = network.map_err(|e| Error::Connection(format!("no network: {e}")))?;
    let builders = builders.into_iter().map(AllocatorBuilder::Tcp);
    Ok((builders.collect(), Box::new(guard)))
}

/// Timely's threads end by panics when a process is lost, and so do those that wait for them.
fn joined<T: Send + 'static>(guards: WorkerGuards<T>) -> Result<Vec<T>, Error> {
    let lost =
        || Error::Lost("a process was lost on the way, or a worker panicked: no result".to_owned());
    let results = catch_unwind(AssertUnwindSafe(|| guards.join())).map_err(|_| lost())?;
    let results: Result<Vec<T>, String> = results.into_iter().collect();
    results.map_err(|_| lost())
}

/// Lost connections are told as an error, so timely's panics about them need not be told, too.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let payload = info.payload();
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
            let known = [
                "timely communication error",
                "MergeQueue poisoned",
                "Send thread panic",
                "Recv thread panic",
            ];
            if !text.is_some_and(|text| known.iter().any(|known| text.contains(known))) {
                before(info);
            }
        }));
    });
}
