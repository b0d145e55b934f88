//! Endless runs on small graphs whose answers are known: cycles, joins, dead ends, unfair lassos.
//! stateright's `eventually` gets some of these wrong; that is why liveness rests on this search.

use model::machine::{Machine, StepFacts};
use model::steps::Party;
use properties::claims::{Claim, Endless, LeadsTo};
use properties::{Judged, Outcome, Property, Run};
use sim::checker::{self, Options};

/// A graph given by its transitions: (from, to, actor).
#[derive(Clone, Debug)]
struct Graph {
    edges: Vec<(u8, u8, Who)>,
    steps: Vec<usize>,
    goal: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// A process of the server, by number.
    Server(u8),
    Peer,
    Timeout,
    Environment,
}

impl Machine for Graph {
    type State = u8;
    type Step = usize;

    fn initial(&self) -> u8 {
        0
    }

    fn steps(&self) -> &[usize] {
        &self.steps
    }

    fn apply(&self, step: usize, s: &u8) -> Option<u8> {
        let (from, to, _) = self.edges[step];
        (from == *s).then_some(to)
    }

    fn facts(&self, step: usize) -> StepFacts {
        let who = self.edges[step].2;
        let (party, alternative) = match who {
            Who::Server(n) => (Party::Server, u32::from(n)),
            Who::Peer => (Party::Peer, 100),
            Who::Timeout => (Party::Timeout, 101),
            Who::Environment => (Party::Environment, 102),
        };
        StepFacts {
            kind: 0,
            actor: format!("{who:?}"),
            by_peer: who == Who::Peer,
            party,
            alternative,
            function: "edge",
            file: "here",
        }
    }

    fn kinds(&self) -> usize {
        1
    }

    fn is_stuck(&self, _s: &u8) -> bool {
        false
    }
}

impl Judged for Graph {
    type Ending = u8;

    fn ending(&self, s: &u8) -> u8 {
        *s
    }
}

const fn claim(peers_fair: bool, strong: bool, endless: Endless) -> Property<Graph> {
    Property {
        id: "goal",
        sentence: "the goal is reached",
        premise: "",
        matters: "",
        source: "",
        seeded_bug: ("", ""),
        waived: None,
        claim: Claim::LeadsTo(LeadsTo {
            owed: |graph, s| *s != graph.goal,
            peers_fair,
            timers_fair: true,
            strong,
            endless,
        }),
    }
}

static WEAK: Property<Graph> = claim(true, false, Endless::Any);
static STRONG: Property<Graph> = claim(true, true, Endless::Any);
static UNFAIR_PEERS: Property<Graph> = claim(false, false, Endless::Any);
static EXCHANGE: Property<Graph> = claim(true, false, Endless::Exchange);

const GOAL: u8 = 9;
const A: Who = Who::Server(0);
const B: Who = Who::Server(1);

fn run(property: &'static Property<Graph>, edges: &[(u8, u8, Who)]) -> Run<Graph> {
    let graph = Graph {
        edges: edges.to_vec(),
        steps: (0..edges.len()).collect(),
        goal: GOAL,
    };
    checker::explore(
        ("", ""),
        &graph,
        &[property],
        Options::default(),
        &mut |_| {},
    )
}

/// Whether the goal is reached by every fair run.
fn reached(property: &'static Property<Graph>, edges: &[(u8, u8, Who)]) -> bool {
    match run(property, edges).verdicts[0].outcome {
        Outcome::Holds => true,
        Outcome::Violated => false,
        other @ (Outcome::Inconclusive | Outcome::Vacuous) => panic!("{other:?}"),
    }
}

#[test]
fn a_line_reaches_its_end() {
    assert!(reached(&WEAK, &[(0, 1, A), (1, GOAL, A)]));
}

#[test]
fn a_dead_end_does_not() {
    assert!(!reached(&WEAK, &[(0, 1, A), (0, GOAL, B)]));
}

#[test]
fn a_step_of_the_environment_is_promised_to_nobody() {
    assert!(!reached(&WEAK, &[(0, GOAL, Who::Environment)]));
    assert!(reached(&WEAK, &[(0, GOAL, Who::Timeout)]));
}

#[test]
fn a_cycle_is_endless() {
    assert!(!reached(
        &WEAK,
        &[(0, 1, A), (1, 0, A), (1, GOAL, Who::Environment)]
    ));
}

#[test]
fn a_join_behind_a_cycle_is_not_mistaken_for_a_dead_end() {
    // stateright marks a state as visited with the promises of its first path only.
    let joins = [(0, 1, A), (0, 2, B), (1, 3, A), (2, 3, B), (3, GOAL, A)];
    assert!(reached(&WEAK, &joins));
    // And a cycle that is only reached by the second path into a join is found.
    let hidden = [(0, GOAL, A), (0, 1, B), (GOAL, 2, A), (1, 2, A), (2, 1, B)];
    assert!(!reached(&WEAK, &hidden));
}

#[test]
fn a_cycle_that_starves_a_step_that_is_always_enabled_is_unfair() {
    let edges = [(0, 1, A), (1, 0, A), (0, GOAL, B), (1, GOAL, B)];
    assert!(reached(&WEAK, &edges));
}

#[test]
fn weak_fairness_allows_to_starve_a_step_that_is_enabled_now_and_then() {
    let edges = [(0, 1, A), (1, 0, A), (0, GOAL, B)];
    assert!(!reached(&WEAK, &edges));
    assert!(reached(&STRONG, &edges));
}

#[test]
fn strong_fairness_finds_the_loop_that_avoids_the_step() {
    // 0 <-> 1 <-> 2; only 0 enables the way out: the loop 1 <-> 2 never does.
    let edges = [
        (0, 1, A),
        (1, 0, A),
        (1, 2, B),
        (2, 1, B),
        (0, GOAL, Who::Server(2)),
    ];
    // A's step back to 0 is enabled again and again in 1, so strong fairness takes it in the end.
    assert!(reached(&STRONG, &edges));
    let free = [(0, 1, A), (1, 2, B), (2, 1, B), (0, GOAL, Who::Server(2))];
    assert!(!reached(&STRONG, &free));
}

#[test]
fn a_step_back_to_its_own_state_is_a_loop_and_still_unfair_to_others() {
    assert!(!reached(&WEAK, &[(0, 0, A), (0, GOAL, Who::Environment)]));
    assert!(reached(&WEAK, &[(0, 0, A), (0, GOAL, B)]));
}

#[test]
fn peers_go_on_only_where_they_are_fair() {
    let edges = [(0, GOAL, Who::Peer)];
    assert!(reached(&WEAK, &edges));
    assert!(!reached(&UNFAIR_PEERS, &edges));
}

#[test]
fn an_exchange_needs_two_and_no_timeout() {
    let out = (GOAL, GOAL, A);
    assert!(!reached(&EXCHANGE, &[(0, 1, A), (1, 0, Who::Peer), out]));
    assert!(reached(&EXCHANGE, &[(0, 1, A), (1, 0, A), out]));
    assert!(reached(&EXCHANGE, &[(0, 1, A), (1, 0, Who::Timeout), out]));
}

#[test]
fn a_lasso_closes_and_does_what_fairness_asks_for() {
    // Two cycles that share a state: B must be served, too.
    let edges = [(0, 1, A), (1, 2, A), (2, 1, A), (1, 3, B), (3, 1, B)];
    let run = run(&WEAK, &edges);
    let story = run.verdicts[0].counterexample.clone().expect("a lasso");
    let from = story.loop_from.expect("a loop");
    assert_eq!(from, 1, "the stem is shortest");
    let entry = story.steps[from - 1].1;
    assert_eq!(*story.last(), entry, "the loop closes");
    let visits = |state: u8| story.steps[from..].iter().any(|(_, s)| *s == state);
    assert!(visits(2) || visits(3));
}

#[test]
fn the_nearest_stop_is_told() {
    let edges = [(0, 1, A), (1, 2, A), (2, 1, A), (0, 3, B), (3, 4, B)];
    let run = run(&WEAK, &edges);
    let story = run.verdicts[0].counterexample.clone().expect("a lasso");
    assert_eq!(story.loop_from, Some(1));
    assert!(
        story.steps.len() > 1,
        "it is the loop, one step away, and not the dead end behind two"
    );
}

/// The same question answered by trying every set of states: is one of them strongly connected and
/// fair, or a place to stand still?
fn reached_by_trying_all_sets(edges: &[(u8, u8, Who)], states: u8, strong: bool) -> bool {
    let fair = |who: Who| who != Who::Environment;
    let reachable = closure(edges, 1, &|_| true);
    let endless = (1_u16..1 << states).any(|set| {
        let has = |s: u8| s != GOAL && set & (1 << s) != 0;
        let members: Vec<u8> = (0..states).filter(|&s| has(s)).collect();
        let seen = members.iter().all(|&s| reachable & (1 << s) != 0);
        if !seen {
            return false;
        }
        let inside = |e: &&(u8, u8, Who)| has(e.0) && has(e.1);
        let still = |only: u8| edges.iter().all(|e| e.0 != only || !fair(e.2));
        if matches!(members[..], [only] if still(only)) {
            return true;
        }
        let connected = members.iter().all(|&s| {
            let from = closure(edges, 1 << s, &has);
            members.iter().all(|&t| from & (1 << t) != 0)
        });
        let moves = edges.iter().filter(inside).count() > 0;
        let served = edges.iter().filter(|e| has(e.0) && fair(e.2)).all(|e| {
            let taken = edges.iter().filter(inside).any(|f| f.2 == e.2);
            let everywhere = |s: &u8| edges.iter().any(|f| f.0 == *s && f.2 == e.2);
            taken || !strong && !members.iter().all(everywhere)
        });
        connected && moves && served
    });
    !endless
}

/// The states that can be reached from `set` through states that are `allowed`.
fn closure(edges: &[(u8, u8, Who)], set: u16, allowed: &dyn Fn(u8) -> bool) -> u16 {
    let mut set = set;
    loop {
        let more = edges
            .iter()
            .filter(|e| set & (1 << e.0) != 0 && allowed(e.1))
            .fold(set, |s, e| s | 1 << e.1);
        if more == set {
            return set;
        }
        set = more;
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config {
        cases: 3000,
        failure_persistence: None,
        ..proptest::test_runner::Config::default()
    })]

    #[test]
    fn random_graphs_agree_with_trying_every_set_of_states(
        raw in proptest::collection::vec((0_u8..5, 0_u8..6, 0_u8..5), 1..9),
        strong in proptest::bool::ANY,
    ) {
        let who = |n: u8| match n {
            0 => A,
            1 => B,
            2 => Who::Peer,
            3 => Who::Timeout,
            _ => Who::Environment,
        };
        // State 5 stands for the goal. A step is a function: one target for each source and actor.
        let mut edges: Vec<(u8, u8, Who)> = Vec::new();
        for (from, to, actor) in raw {
            let to = if to == 5 { GOAL } else { to };
            edges.push((from, to, who(actor)));
        }
        let property = if strong { &STRONG } else { &WEAK };
        proptest::prop_assert_eq!(
            reached(property, &edges),
            reached_by_trying_all_sets(&edges, 5, strong)
        );
    }
}
