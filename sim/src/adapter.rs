//! The one door through which stateright comes in: a [`World`] as a `stateright::Model`.
//!
//! stateright judges states only, and of several violations keeps the one found last. So:
//!
//! * A node is a cluster or a *leaf*: a broken claim, put behind the step (or the ending) that
//!   broke it. Leaves have no successors, so the clusters are explored as if nothing had been
//!   judged.
//! * The search has one thread and expands nodes in the order in which it found them: level by
//!   level. Each slot below claims the *first* node that concerns it and lets all later ones
//!   pass; no node of a lower level can come later. That is why a counterexample is a shortest
//!   one.
//! * Endings claim slots in the same way, one for each distinct ending.
//!
//! An action carries its successor: what is enabled and what is done come from one call.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::cluster::Cluster;
use model::steps::{STEPS, Step};
use model::world::World;
use properties::claims::{Claim, Judgement, Transition};
use properties::waived::Waived;
use properties::{Coverage, Ending, Property};
use stateright::Model;

/// A node of stateright's graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The cluster.
    pub cluster: Cluster,
    /// Broken claims, a bit each by their place among the properties asked for; 0 in a node that is
    /// expanded.
    pub broken: u64,
    /// The node stands for the ending that `cluster` is.
    pub ending: bool,
}

impl Hash for Node {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.cluster.hash(state);
        (self.broken << 1 | u64::from(self.ending)).hash(state);
    }
}

/// An action: a step (none for the edge from an ending to its leaf), and the node behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// The step.
    pub step: Option<Step>,
    next: Box<Node>,
}

/// What the search has noted on its way.
#[derive(Debug)]
pub struct Notes {
    /// Clusters expanded.
    pub expanded: u64,
    /// Transitions between clusters.
    pub transitions: u64,
    /// How often each step was taken.
    pub coverage: Coverage,
    /// Claims whose premise was met, a bit each.
    pub concerned: u64,
    /// Parallel to the properties: endings that do not keep the promise and are excused.
    pub waived: Vec<Waived>,
    /// Claims that own their slot's discovery already, a bit each.
    pub claimed: u64,
    /// Leaves visited.
    pub leaves: u64,
    /// Distinct endings, each with the number of the slot that has its story, if one is left for
    /// it.
    pub endings: BTreeMap<Ending, Option<usize>>,
    ending_slots_used: usize,
    /// Set once the search is over: paths are rebuilt then, which must not be counted.
    pub closed: bool,
}

impl Default for Notes {
    fn default() -> Notes {
        Notes {
            expanded: 0,
            transitions: 0,
            coverage: Coverage::none(STEPS.len()),
            concerned: 0,
            waived: vec![Waived::default(); CLAIM_SLOTS],
            claimed: 0,
            leaves: 0,
            endings: BTreeMap::new(),
            ending_slots_used: 0,
            closed: false,
        }
    }
}

/// A world with the properties that are asked about it.
#[derive(Debug)]
pub struct Adapter {
    world: World,
    properties: Vec<&'static Property>,
    /// Whether each ending gets a slot, and so a story.
    ending_stories: bool,
    notes: Mutex<Notes>,
}

/// Number of slots for claims.
pub const CLAIM_SLOTS: usize = 32;
/// Number of slots for endings with stories.
pub const ENDING_SLOTS: usize = 96;

impl Adapter {
    /// Asks `properties` about `world`; at most [`CLAIM_SLOTS`].
    ///
    /// # Panics
    /// When there are more: the table of properties is ours.
    #[must_use]
    pub fn new(world: World, properties: Vec<&'static Property>, ending_stories: bool) -> Adapter {
        assert!(
            properties.len() <= CLAIM_SLOTS,
            "more properties than slots"
        );
        Adapter {
            world,
            properties,
            ending_stories,
            notes: Mutex::default(),
        }
    }

    /// The world.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The properties, in the order of their slots.
    #[must_use]
    pub fn asked(&self) -> &[&'static Property] {
        &self.properties
    }

    /// What has been noted so far.
    pub fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn judge_state(&self, s: &Cluster, notes: &mut Notes) -> u64 {
        self.judge(notes, |claim| match claim {
            Claim::Always(f) => f(&self.world, s),
            Claim::NeverStep(_) | Claim::AtEnd(_) | Claim::LeadsTo(_) => Judgement::NotConcerned,
        })
    }

    fn judge_step(&self, t: &Transition<'_>, notes: &mut Notes) -> u64 {
        self.judge(notes, |claim| match claim {
            Claim::NeverStep(f) => f(&self.world, t),
            Claim::Always(_) | Claim::AtEnd(_) | Claim::LeadsTo(_) => Judgement::NotConcerned,
        })
    }

    fn judge_ending(&self, s: &Cluster, notes: &mut Notes) -> u64 {
        self.judge(notes, |claim| match claim {
            Claim::AtEnd(f) => f(&self.world, s),
            Claim::Always(_) | Claim::NeverStep(_) | Claim::LeadsTo(_) => Judgement::NotConcerned,
        })
    }

    fn judge(&self, notes: &mut Notes, of: impl Fn(&Claim) -> Judgement) -> u64 {
        let mut broken = 0;
        for (i, property) in self.properties.iter().enumerate() {
            match of(&property.claim) {
                Judgement::NotConcerned => {}
                Judgement::Kept => notes.concerned |= 1 << i,
                Judgement::Broken => {
                    notes.concerned |= 1 << i;
                    broken |= 1 << i;
                }
            }
        }
        broken
    }

    /// Whether slot `slot` does *not* discover `node`.
    fn passes(&self, slot: usize, node: &Node) -> bool {
        if slot < CLAIM_SLOTS {
            let bit = 1_u64 << slot;
            if node.broken & bit == 0 {
                return true;
            }
            let mut notes = self.notes();
            let first = notes.claimed & bit == 0;
            notes.claimed |= bit;
            return !first;
        }
        if !node.ending {
            return true;
        }
        let ending = Ending::of(&self.world, &node.cluster);
        let mut notes = self.notes();
        let next = notes.ending_slots_used;
        let Some(place @ None) = notes.endings.get_mut(&ending) else {
            return true;
        };
        if slot - CLAIM_SLOTS != next {
            return true;
        }
        *place = Some(next);
        notes.ending_slots_used += 1;
        false
    }
}

impl Model for Adapter {
    type State = Node;
    type Action = Action;

    fn init_states(&self) -> Vec<Node> {
        vec![Node {
            cluster: self.world.initial(),
            broken: 0,
            ending: false,
        }]
    }

    fn actions(&self, node: &Node, actions: &mut Vec<Action>) {
        let mut notes = self.notes();
        let notes = &mut *notes;
        if node.broken != 0 || node.ending {
            notes.leaves += 1;
            return;
        }
        let mut scratch = Notes::default();
        let counted = if notes.closed { &mut scratch } else { notes };
        counted.expanded += 1;
        let s = &node.cluster;
        let leaf = |cluster: Cluster, broken, ending| {
            let next = Box::new(Node {
                cluster,
                broken,
                ending,
            });
            Action { step: None, next }
        };
        let broken = self.judge_state(s, counted);
        if broken != 0 {
            actions.push(leaf(*s, broken, false));
        }
        let mut enabled = false;
        let mut server_or_peer = false;
        self.world.successors(s, |step, next| {
            enabled = true;
            server_or_peer |= step.info().party != model::steps::Party::Environment;
            counted.transitions += 1;
            counted.coverage.taken[step.kind as usize] += 1;
            let transition = Transition {
                before: s,
                step,
                after: &next,
            };
            let broken = self.judge_step(&transition, counted);
            if broken != 0 {
                let next = Box::new(Node {
                    cluster: next,
                    broken,
                    ending: false,
                });
                actions.push(Action {
                    step: Some(step),
                    next,
                });
            }
            let next = Box::new(Node {
                cluster: next,
                broken: 0,
                ending: false,
            });
            actions.push(Action {
                step: Some(step),
                next,
            });
        });
        let hangs = !server_or_peer && self.world.is_deadlock(s);
        if !enabled || hangs {
            counted
                .endings
                .entry(Ending::of(&self.world, s))
                .or_default();
            for (waived, property) in counted.waived.iter_mut().zip(&self.properties) {
                if let Some(by) = property.waived.and_then(|f| f(&self.world, s)) {
                    waived.add(by, 1);
                }
            }
            let broken = self.judge_ending(s, counted);
            actions.push(leaf(*s, broken, true));
        }
    }

    fn format_action(&self, action: &Action) -> String {
        match action.step {
            Some(step) => format!("{}, {}", step.actor(), step.info().function),
            None => "a promise is broken, or the run ends".to_owned(),
        }
    }

    fn next_state(&self, _last: &Node, action: Action) -> Option<Node> {
        Some(*action.next)
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        let endings = if self.ending_stories { ENDING_SLOTS } else { 0 };
        let claims = SLOTS.iter().take(self.properties.len());
        let slots = claims.chain(SLOTS.iter().skip(CLAIM_SLOTS).take(endings));
        // Always true: keeps the search going when every slot has its discovery.
        let go_on = stateright::Property::always("frontier", |_: &Self, _: &Node| true);
        slots
            .map(|(name, passes)| stateright::Property::always(name, *passes))
            .chain([go_on])
            .collect()
    }
}

/// One slot: its name for stateright, and what it lets pass.
type Slot = (&'static str, fn(&Adapter, &Node) -> bool);

macro_rules! slots {
    ($($first:literal: [$($slot:literal)*])*) => {
        /// stateright wants a function without captured data for each property: here they are.
        static SLOTS: &[Slot] = &[ $($(
            (stringify!($slot), |adapter, node| adapter.passes($slot, node)),
        )*)* ];
    };
}

slots! {
    0: [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31]
    32: [32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61
        62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79 80 81 82 83 84 85 86 87 88 89 90 91
        92 93 94 95 96 97 98 99 100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115
        116 117 118 119 120 121 122 123 124 125 126 127]
}

/// The name of slot `slot` among stateright's discoveries.
#[must_use]
pub fn slot_name(slot: usize) -> &'static str {
    SLOTS[slot].0
}
