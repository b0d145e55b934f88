//! Why a search did not come to its end, and what to do.

use properties::{Judged, Run, Unfinished};
use serde_json::{Value, json};

/// Why a run is not finished; nothing for one that came to its end.
#[must_use]
pub fn sentence<M: Judged>(run: &Run<M>) -> Option<String> {
    let unfinished = run.unfinished?;
    Some(reason(unfinished, run.states_unique, run.frontier_empty))
}

/// `memory limit of 8 MiB reached after 227106 states; give `--memory` more`. Where the frontier is
/// empty, what the limit left open is which runs never end.
#[must_use]
pub fn reason(unfinished: Unfinished, states: u64, frontier_empty: bool) -> String {
    let (bound, flag) = match unfinished {
        Unfinished::Transitions(n) => (format!("bound of {n} transitions"), "--transitions-max"),
        Unfinished::Seconds(n) => (format!("bound of {n} seconds"), "--seconds-max"),
        Unfinished::Memory(n) => (format!("memory limit of {}", bytes(n)), "--memory"),
    };
    if frontier_empty {
        format!("all {states} states found, but not all endless runs: {bound}; give `{flag}` more")
    } else {
        format!("{bound} reached after {states} states; give `{flag}` more")
    }
}

/// The same for programs; null for a search that came to its end.
#[must_use]
pub fn value(unfinished: Option<Unfinished>, states: u64, frontier_empty: bool) -> Value {
    let Some(unfinished) = unfinished else {
        return Value::Null;
    };
    let (bound, limit) = match unfinished {
        Unfinished::Transitions(n) => ("transitions", n),
        Unfinished::Seconds(n) => ("seconds", n),
        Unfinished::Memory(n) => ("memory", n),
    };
    json!({ "bound": bound, "limit": limit, "text": reason(unfinished, states, frontier_empty) })
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
    use properties::Unfinished;

    use super::{bytes, reason};

    #[test]
    fn what_was_left_open_is_named() {
        let limit = Unfinished::Memory(8 << 20);
        assert_eq!(
            reason(limit, 12, false),
            "memory limit of 8 MiB reached after 12 states; give `--memory` more"
        );
        assert_eq!(
            reason(limit, 12, true),
            "all 12 states found, but not all endless runs: memory limit of 8 MiB; \
             give `--memory` more"
        );
    }

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
