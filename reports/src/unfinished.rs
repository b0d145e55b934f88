//! Why a search did not come to its end, and what to do.

use properties::{Judged, Run, Unfinished};
use serde_json::{Value, json};

/// `memory limit of 8 MiB reached after 227106 states; give `--memory` more`; nothing for a search
/// that came to its end.
#[must_use]
pub fn sentence<M: Judged>(run: &Run<M>) -> Option<String> {
    let (bound, flag) = match run.unfinished? {
        Unfinished::Transitions(n) => (format!("bound of {n} transitions"), "--transitions-max"),
        Unfinished::Seconds(n) => (format!("bound of {n} seconds"), "--seconds-max"),
        Unfinished::Memory(n) => (format!("memory limit of {}", bytes(n)), "--memory"),
    };
    Some(format!(
        "{bound} reached after {} states; give `{flag}` more",
        run.states_unique
    ))
}

/// The same for programs; null for a search that came to its end.
#[must_use]
pub fn value<M: Judged>(run: &Run<M>) -> Value {
    let Some(unfinished) = run.unfinished else {
        return Value::Null;
    };
    let (bound, limit) = match unfinished {
        Unfinished::Transitions(n) => ("transitions", n),
        Unfinished::Seconds(n) => ("seconds", n),
        Unfinished::Memory(n) => ("memory", n),
    };
    json!({ "bound": bound, "limit": limit, "text": sentence(run) })
}

/// A size with its unit: `500 MiB`, `1.5 GiB`.
#[must_use]
pub fn bytes(n: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let Some((shift, unit)) = units.into_iter().find(|(shift, _)| n >> shift > 0) else {
        return format!("{n} bytes");
    };
    let tenths = (n >> (shift - 10)) * 10 / 1024;
    match tenths % 10 {
        0 => format!("{} {unit}", tenths / 10),
        _ if tenths >= 1000 => format!("{} {unit}", tenths / 10),
        rest => format!("{}.{rest} {unit}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_in_words() {
        for (n, words) in [
            (12, "12 bytes"),
            (8 << 20, "8 MiB"),
            (3 << 29, "1.5 GiB"),
            ((500 << 20) + (300 << 10), "500 MiB"),
            (4 << 30, "4 GiB"),
        ] {
            assert_eq!(bytes(n), words);
        }
    }
}
