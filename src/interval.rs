//! Times on the command line.

/// A number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seconds(pub(crate) u64);

const UNITS: [(&str, u64); 3] = [("min", 60), ("s", 1), ("h", 3600)];

/// Reads `60s`, `10min` or `1h`.
///
/// # Errors
/// When it is no whole number with one of these units.
pub(crate) fn parse(text: &str) -> Result<Seconds, String> {
    let unit = UNITS.iter().find(|(unit, _)| text.ends_with(unit));
    let seconds = unit.and_then(|(unit, seconds)| {
        let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        // A year is more than anybody waits.
        number
            .checked_mul(*seconds)
            .filter(|&all| all <= 366 * 24 * 3600)
    });
    seconds
        .map(Seconds)
        .ok_or_else(|| "write a whole number and s, min or h, as `60s`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Seconds, parse};

    #[test]
    fn times() {
        assert_eq!(parse("0s"), Ok(Seconds(0)));
        assert_eq!(parse("10min"), Ok(Seconds(600)));
        assert_eq!(parse("2 h"), Ok(Seconds(7200)));
        for wrong in ["", "60", "-1s", "1d", "1.5h", "99999999999h"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
