//! How many states a search will have, guessed from the sizes of its levels.
//!
//! Sizes of levels rise and fall like a bell: their logarithm is about a parabola. It is fitted to
//! the last levels by least squares and followed to its end; several lengths of the past give
//! several guesses. What no guess sees is a second rise: where a bound on faults is used up late,
//! there is one. So a guess is sure only when the levels ebb away. docs/engine.md tells how good
//! that is.

/// What is guessed, in states of the whole search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forecast {
    /// Too few levels.
    Unknown,
    /// Levels grow, and not more slowly: nothing says when that ends.
    Growing,
    /// Between these, the likely one in the middle.
    Total {
        /// The least guess.
        least: u64,
        /// The middle one.
        likely: u64,
        /// The largest; `u64::MAX` if some see no end.
        most: u64,
        /// The frontier is down to a tenth of the largest level: hardly anything rises again.
        ebbing: bool,
    },
}

/// Levels that are looked at, counted from the last.
const WINDOWS: [usize; 4] = [5, 8, 12, 18];
/// Levels that a guess may go ahead.
const AHEAD_MAX: i32 = 10_000;

/// The guess from levels of these sizes, the last of which is the frontier.
#[must_use]
pub fn forecast(sizes: &[u64]) -> Forecast {
    let windows: Vec<usize> = WINDOWS.into_iter().filter(|&w| w <= sizes.len()).collect();
    if windows.is_empty() {
        return Forecast::Unknown;
    }
    let largest = sizes.iter().copied().max().unwrap_or(0);
    let known: u64 = sizes.iter().sum();
    let guesses = windows.iter().map(|w| behind(&sizes[sizes.len() - w..]));
    let mut totals: Vec<u64> = guesses.flatten().map(|n| known.saturating_add(n)).collect();
    totals.sort_unstable();
    if totals.len() * 2 <= windows.len() {
        return Forecast::Growing;
    }
    Forecast::Total {
        least: totals[0],
        likely: totals[totals.len() / 2],
        // One that sees no end says nothing of the most.
        most: if totals.len() < windows.len() {
            u64::MAX
        } else {
            totals[totals.len() - 1]
        },
        ebbing: sizes.last().is_some_and(|&last| last <= largest / 10),
    }
}

/// States on all levels behind these, if these bend downwards.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a guess"
)]
fn behind(sizes: &[u64]) -> Option<u64> {
    let (slope, bend) = bell(sizes)?;
    if bend >= -1e-6 && slope >= 0.0 {
        return None;
    }
    let last = (*sizes.last()? as f64).ln();
    let mut total = 0.0;
    for ahead in 1..AHEAD_MAX {
        let ahead = f64::from(ahead);
        let size = (last + slope * ahead + bend.min(0.0) * ahead * ahead).exp();
        if size < 1.0 {
            break;
        }
        total += size;
    }
    (total < 1e18).then_some(total as u64)
}

/// Slope at the last level and half the second derivative of the parabola through the logarithms.
#[expect(clippy::cast_precision_loss, reason = "a guess")]
fn bell(sizes: &[u64]) -> Option<(f64, f64)> {
    // Sums of x^k and of x^k y, where x is 0 at the last level.
    let (mut x, mut y) = ([0.0; 5], [0.0; 3]);
    for (n, &size) in sizes.iter().rev().enumerate() {
        let (at, log) = (-(n as f64), (size.max(1) as f64).ln());
        let mut power = 1.0;
        for k in 0..5 {
            x[k] += power;
            if k < 3 {
                y[k] += power * log;
            }
            power *= at;
        }
    }
    let of = |a: [f64; 3], b: [f64; 3], c: [f64; 3]| {
        a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
            + a[2] * (b[0] * c[1] - b[1] * c[0])
    };
    let (one, two, three) = ([x[0], x[1], x[2]], [x[1], x[2], x[3]], [x[2], x[3], x[4]]);
    let all = of(one, two, three);
    let slope = of([x[0], y[0], x[2]], [x[1], y[1], x[3]], [x[2], y[2], x[4]]) / all;
    let bend = of([x[0], x[1], y[0]], [x[1], x[2], y[1]], [x[2], x[3], y[2]]) / all;
    (slope.is_finite() && bend.is_finite()).then_some((slope, bend))
}

#[cfg(test)]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bell drawn with numbers that fit"
)]
mod tests {
    use super::{Forecast, forecast};

    #[test]
    fn a_bell_is_followed_to_its_end() {
        let size = |n: u64| {
            let x = (n as f64 - 40.0) / 12.0;
            (1e6 * (-x * x / 2.0).exp()) as u64
        };
        let all: Vec<u64> = (0..100).map(size).take_while(|&n| n > 0).collect();
        let truth: u64 = all.iter().sum();
        let Forecast::Total { least, most, .. } = forecast(&all[..35]) else {
            panic!("a guess before the middle");
        };
        assert!(least.abs_diff(truth) < truth / 50 && most.abs_diff(truth) < truth / 50);
    }

    #[test]
    fn what_only_grows_is_not_guessed() {
        let sizes: Vec<u64> = (0..30).map(|n| 1 << n).collect();
        assert_eq!(forecast(&sizes), Forecast::Growing);
        assert_eq!(forecast(&sizes[..4]), Forecast::Unknown);
        assert_eq!(forecast(&[]), Forecast::Unknown);
    }
}
