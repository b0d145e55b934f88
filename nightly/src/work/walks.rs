//! A campaign of random walks of one design; each story is kept as a schedule.

use properties::walks::{Tally, Walks};
use sim::design_name;
use sim::walk::campaign::{self, Plan, Raw};
use sim::walk::{corpus, findings};

use super::{Means, Said};
use crate::plan::Ground;
use crate::record::VerdictRecord;

/// Schedules that are kept of one promise that one design breaks: what is known need not be known
/// a hundred times, and the corpus comes first each night.
const KEPT_MAX: usize = 3;

/// The plan of a campaign in drawn scenarios.
pub(super) fn plan(design: &str, seed: u64, walks: u64) -> Option<Plan> {
    Some(Plan {
        name: design.to_owned(),
        design: design_name::parse(design).ok()?,
        scenario: None,
        seed,
        walks: Some(walks),
        strategy: None,
        threads: 1,
        properties: properties::PROPERTIES.iter().collect(),
    })
}

pub(super) fn run(means: Means<'_>, design: &str, seed: u64) -> Said {
    let ground = means.ground;
    let Some(plan) = plan(design, seed, ground.config.walks_per_unit) else {
        return Said::default();
    };
    // Without the corpus: its schedules are units of their own, and a campaign is a function of
    // its seed.
    let (walks, raws) = campaign::run(&plan, &[], &mut |_| !means.until.is_past());
    let mut verdicts: Vec<VerdictRecord> = walks
        .tallies
        .iter()
        .map(|tally| verdict(&walks, tally))
        .collect();
    for raw in &raws {
        keep(ground, &plan, raw, &mut verdicts);
    }
    verdicts.push(end(&walks));
    Said {
        verdicts,
        work: walks.steps,
        // Fewer walks than planned are another input.
        input: walks.walks.to_le_bytes().to_vec(),
        cut: walks.walks < ground.config.walks_per_unit,
    }
}

fn verdict(walks: &Walks, tally: &Tally) -> VerdictRecord {
    let key = format!("walks/{}/{}", walks.design, tally.property.id);
    let word = match (tally.broken, tally.concerned) {
        (1.., _) => "violated",
        (0, 0) => "vacuous",
        (0, _) => "not-broken",
    };
    let mut message = format!("broken in {} of {} walks", tally.broken, walks.walks);
    if !tally.waived.is_empty() {
        message += &format!("; {}", tally.waived.words("walks"));
    }
    VerdictRecord {
        claim: key.clone(),
        key,
        property: tally.property.id.to_owned(),
        design: walks.design.clone(),
        place: format!("seed {}", walks.seed),
        verdict: word.to_owned(),
        message,
        file: None,
    }
}

/// Keeps the schedule of a story, and says where.
fn keep(ground: &Ground, plan: &Plan, raw: &[Raw], verdicts: &mut [VerdictRecord]) {
    let Some((finding, schedule)) = findings::tell(plan, raw) else {
        return;
    };
    let id = finding.property.id;
    let Some(verdict) = verdicts.iter_mut().find(|v| v.property == id) else {
        return;
    };
    let steps = schedule.steps.len();
    verdict.message += &format!("; shrunk to {steps} steps");
    let directory = &ground.corpus_directory;
    let of_claim = format!("{}--{id}--", plan.name);
    let kept = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let kept = kept.filter(|e| e.file_name().to_string_lossy().starts_with(&of_claim));
    if kept.count() >= KEPT_MAX {
        verdict.message += &format!("; the corpus has {KEPT_MAX} schedules of it, this one not");
        return;
    }
    match corpus::keep(directory, &schedule) {
        Ok(path) => verdict.file = Some(ground.relative(&path)),
        Err(_) => {
            verdict.message += "; its schedule could not be written: walk the seed again";
        }
    }
}

/// Whether each walk came to an end.
fn end(walks: &Walks) -> VerdictRecord {
    let key = format!("walks/{}/comes-to-an-end", walks.design);
    let word = match walks.undecided {
        0 => "not-broken",
        _ => "inconclusive",
    };
    VerdictRecord {
        claim: key.clone(),
        key,
        property: "comes-to-an-end".to_owned(),
        design: walks.design.clone(),
        place: format!("seed {}", walks.seed),
        verdict: word.to_owned(),
        message: format!("{} of {} walks undecided", walks.undecided, walks.walks),
        file: None,
    }
}
