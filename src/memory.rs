//! Sizes of memory on the command line, and what the machine has.

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

const UNITS: [(&str, u32); 4] = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)];

/// Reads `500MiB` or `4GiB`.
///
/// # Errors
/// When it is no whole number with one of these units.
pub(crate) fn parse(text: &str) -> Result<Size, String> {
    let unit = UNITS.iter().find(|(unit, _)| text.ends_with(unit));
    let size = unit.and_then(|(unit, shift)| {
        let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        number.checked_mul(1 << shift).filter(|&bytes| bytes > 0)
    });
    size.map(Size)
        .ok_or_else(|| "write a whole number and KiB, MiB, GiB or TiB, as `4GiB`".to_owned())
}

/// Three quarters of the memory that is free now, so that the system need not end anybody; no
/// bound where `/proc/meminfo` does not tell.
pub(crate) fn available() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    let kib: Option<u64> = number.and_then(|number| number.parse().ok());
    kib.map_or(u64::MAX, |kib| kib * 1024 / 4 * 3)
}

#[cfg(test)]
mod tests {
    use super::{Size, parse};

    #[test]
    fn sizes() {
        assert_eq!(parse("4GiB"), Ok(Size(4 << 30)));
        assert_eq!(parse("500 MiB"), Ok(Size(500 << 20)));
        for wrong in ["", "4", "4GB", "-1GiB", "0MiB", "99999999999TiB"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
