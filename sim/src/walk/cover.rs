//! What walks went through.

use model::postmaster::PmState;
use model::steps::STEPS;

/// Number of values of `pmState`.
pub const PM_STATES: usize = PmState::NoChildren as usize + 1;

/// All of them.
pub(super) const PM_STATES_ALL: [PmState; PM_STATES] = [
    PmState::Startup,
    PmState::Recovery,
    PmState::HotStandby,
    PmState::Run,
    PmState::StopBackends,
    PmState::WaitReadonly,
    PmState::WaitBackends,
    PmState::Shutdown,
    PmState::Shutdown2,
    PmState::WaitXlogShutdown,
    PmState::WaitXlogArchival,
    PmState::WaitIoWorkers,
    PmState::WaitCheckpointer,
    PmState::WaitDeadEnd,
    PmState::NoChildren,
];

/// What walks went through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// How often each kind of step was taken.
    pub taken: Vec<u64>,
    /// How often one kind came right behind another, row by row.
    pub pairs: Vec<u32>,
    /// Steps that were taken in each `pmState`.
    pub pm_states: [u64; PM_STATES],
}

impl Default for Cover {
    fn default() -> Cover {
        Cover {
            taken: vec![0; STEPS.len()],
            pairs: vec![0; STEPS.len() * STEPS.len()],
            pm_states: [0; PM_STATES],
        }
    }
}

impl Cover {
    /// Adds what `other` went through; the number of pairs of steps that are new.
    pub fn add(&mut self, other: &Cover) -> usize {
        let mut new = 0;
        for (sum, n) in self.taken.iter_mut().zip(&other.taken) {
            *sum += n;
        }
        for (sum, &n) in self.pairs.iter_mut().zip(&other.pairs) {
            new += usize::from(*sum == 0 && n > 0);
            *sum = sum.saturating_add(n);
        }
        for (sum, n) in self.pm_states.iter_mut().zip(&other.pm_states) {
            *sum += n;
        }
        new
    }
}
