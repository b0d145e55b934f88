//! How far a search is, in words of at most 100 columns.

use reports::unfinished::bytes;
use sim::checker::{Far, Progress};
use sim::forecast::Forecast;

/// Columns of a search's name, beside what else its line has.
const NAME_MAX: usize = 70;

/// The search of `design` in `scenario`; lines behind the first have what the engine knows beyond
/// states and depth.
pub(super) fn words(design: &str, scenario: &str, p: &Progress) -> String {
    let mut name: String = format!("{design} in {scenario}");
    if name.chars().count() > NAME_MAX {
        name = name.chars().take(NAME_MAX - 1).chain(['…']).collect();
    }
    let Some(far) = &p.far else {
        let states = short(p.states_unique);
        return format!("{name}\n  {states} states, depth {}", p.depth);
    };
    let rate = rate(p, far);
    format!(
        "{name}\n  {} states, {} a second, depth {}, frontier {}, {} of {}\n  left: {}",
        short(p.states_unique),
        short(rate),
        p.depth,
        short(far.frontier),
        bytes(far.bytes),
        match far.bytes_max {
            u64::MAX => "no limit".to_owned(),
            limit => bytes(limit),
        },
        left(far, rate)
    )
}

/// States a second in this process.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate for people"
)]
fn rate(p: &Progress, far: &Far) -> u64 {
    let states = p.states_unique.saturating_sub(far.states_before);
    (states as f64 / p.seconds.max(0.001)) as u64
}

fn left(far: &Far, rate: u64) -> String {
    let (least, likely, most, ebbing) = match far.total {
        Forecast::Unknown => return "too early to say".to_owned(),
        Forecast::Growing => return "unknown, the levels still grow".to_owned(),
        Forecast::Total {
            least,
            likely,
            most,
            ebbing,
        } => (least, likely, most, ebbing),
    };
    let left = |total: u64| total.saturating_sub(far.expanded);
    let seconds = left(likely) / rate.max(1);
    let told = format!("likely {} states, {}", short(left(likely)), time(seconds));
    let least = short(left(least));
    let range = match most {
        u64::MAX => format!("{least} or more"),
        most => format!("{least} to {}", short(left(most))),
    };
    let sure = if ebbing {
        "quite sure"
    } else {
        "if levels do not rise again"
    };
    format!("{told} ({range}), {sure}")
}

/// `950`, `12.3 k`, `3.41 M`: three digits.
fn short(n: u64) -> String {
    for (unit, name) in [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")] {
        if n >= unit {
            let (whole, part) = (n / unit, n % unit * 100 / unit);
            return match whole {
                0..10 => format!("{whole}.{part:02} {name}"),
                10..100 => format!("{whole}.{} {name}", part / 10),
                _ => format!("{whole} {name}"),
            };
        }
    }
    n.to_string()
}

fn time(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::{Far, Forecast, Progress, short, words};

    fn progress(total: Forecast) -> Progress {
        Progress {
            states_unique: 123_456_789,
            depth: 1234,
            seconds: 99.5,
            far: Some(Far {
                states_before: 0,
                expanded: 120_000_000,
                frontier: 12_345_678,
                bytes: 1_234_567_890,
                bytes_max: 123 << 30,
                total,
            }),
        }
    }

    #[test]
    fn each_line_fits_and_says_how_sure_it_is() {
        for (total, said) in [
            (Forecast::Unknown, "too early"),
            (Forecast::Growing, "still grow"),
            (
                total(165, true),
                "likely 40.0 M states, 32 s (30.0 M to 45.0 M), quite sure",
            ),
            (total(990, false), "(30.0 M to 870 M), if levels do not"),
            (total(0, false), "(30.0 M or more), if levels do not"),
        ] {
            let text = words(&"long-".repeat(30), "mixed", &progress(total));
            assert!(text.contains(said), "{text}");
            for line in text.lines() {
                let first = if line.starts_with("long") { 28 } else { 0 };
                assert!(first + line.chars().count() <= 100, "{line}");
            }
        }
    }

    /// Up to so many millions; 0 for no end.
    fn total(most: u64, ebbing: bool) -> Forecast {
        Forecast::Total {
            least: 150_000_000,
            likely: 160_000_000,
            most: most
                .checked_sub(1)
                .map_or(u64::MAX, |n| (n + 1) * 1_000_000),
            ebbing,
        }
    }

    #[test]
    fn numbers_have_three_digits() {
        for (n, said) in [
            (0, "0"),
            (999, "999"),
            (1_234, "1.23 k"),
            (12_345, "12.3 k"),
            (3_407_000, "3.40 M"),
            (999_999_999, "999 M"),
        ] {
            assert_eq!(short(n), said);
        }
    }
}
