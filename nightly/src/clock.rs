//! The only clock of the room: a night has a date and a budget.

#![expect(
    clippy::disallowed_types,
    reason = "nights have dates, and a budget in minutes is one in time"
)]

use std::time::{Duration, UNIX_EPOCH};

/// Seconds since 1970, UTC.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "nights are told by their dates")]
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |d: Duration| {
        i64::try_from(d.as_secs()).unwrap_or(i64::MAX)
    })
}

/// Measures seconds.
#[derive(Clone, Copy, Debug)]
pub struct Watch(std::time::Instant);

impl Watch {
    /// Starts it.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "a budget in minutes is one in time"
    )]
    pub fn start() -> Watch {
        Watch(std::time::Instant::now())
    }

    /// Seconds since the start.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// The moment at which work must end.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    watch: Watch,
    seconds: f64,
}

impl Deadline {
    /// So many seconds from now; infinity: never.
    #[must_use]
    pub fn in_seconds(seconds: f64) -> Deadline {
        Deadline {
            watch: Watch::start(),
            seconds,
        }
    }

    /// Seconds left, none below 0.
    #[must_use]
    pub fn left(&self) -> f64 {
        (self.seconds - self.watch.seconds()).max(0.0)
    }

    /// Whether it is past.
    #[must_use]
    pub fn is_past(&self) -> bool {
        self.left() <= 0.0
    }

    /// Whole seconds left, rounded up, as searches are bounded.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not below 0, and what is too large becomes the largest"
    )]
    pub fn seconds_max(&self) -> u64 {
        self.left().ceil() as u64
    }
}

/// `2026-11-23 22:00` of seconds since 1970, in UTC.
#[must_use]
pub fn date(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Howard Hinnant's civil_from_days.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    let (hour, minute) = (rest / 3600, rest % 3600 / 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates() {
        assert_eq!(date(0), "1970-01-01 00:00");
        assert_eq!(date(1_709_208_000), "2024-02-29 12:00");
        assert_eq!(date(1_798_761_599), "2026-12-31 23:59");
    }
}
