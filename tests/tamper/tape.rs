//! A recorded trace that can be cut, glued and forged.

use serde_json::Value;

/// Chooses places; the same seed chooses the same ones (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let z = z ^ (z >> 31);
        usize::try_from(z % n as u64).unwrap()
    }

    /// One of `from`, if there is one.
    pub(crate) fn one<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.below(from.len())].clone())
    }
}

/// The events of a trace.
#[derive(Clone)]
pub(crate) struct Tape {
    pub(crate) major: u32,
    pub(crate) events: Vec<Value>,
}

impl Tape {
    pub(crate) fn parse(major: u32, text: &str) -> Tape {
        let events = text.lines().map(|l| serde_json::from_str(l).unwrap());
        Tape {
            major,
            events: events.collect(),
        }
    }

    /// The text, in the order of time.
    pub(crate) fn text(&mut self) -> String {
        let time = |e: &Value| e["t"].as_f64().unwrap();
        self.events.sort_by(|a, b| time(a).total_cmp(&time(b)));
        let lines = self.events.iter().map(|e| format!("{e}\n"));
        lines.collect()
    }

    /// Places of all events that are so.
    pub(crate) fn all(&self, so: impl Fn(&Value) -> bool) -> Vec<usize> {
        let places = 0..self.events.len();
        places.filter(|&i| so(&self.events[i])).collect()
    }

    pub(crate) fn first(&self, so: impl Fn(&Value) -> bool) -> Option<usize> {
        self.events.iter().position(so)
    }

    pub(crate) fn t(&self, at: usize) -> f64 {
        self.events[at]["t"].as_f64().unwrap()
    }

    pub(crate) fn remove(&mut self, gone: &[usize]) {
        let mut at = 0;
        self.events.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
    }

    /// Moves events, in their order, to just after `t`.
    pub(crate) fn move_to(&mut self, places: &[usize], t: f64) {
        for (n, &at) in places.iter().enumerate() {
            let step = f64::from(u32::try_from(n).unwrap() + 1) * 1e-7;
            self.events[at]["t"] = (t + step).into();
        }
    }

    /// The outcome, as the trace carries it.
    pub(crate) fn outcome(&mut self) -> &mut Value {
        self.events.last_mut().unwrap()
    }

    /// Start and end of the shutdown checkpoint record.
    pub(crate) fn record(&self) -> Option<(u64, u64)> {
        let checkpoint = &self.events.last()?["checkpoint"];
        (checkpoint["kind"] == "CHECKPOINT_SHUTDOWN")
            .then(|| Some((lsn(&checkpoint["start"])?, lsn(&checkpoint["end"])?)))?
            .filter(|_| self.control("shut down").is_some())
    }

    /// Where pg_control is written so.
    pub(crate) fn control(&self, state: &str) -> Option<usize> {
        self.first(|e| e["ev"] == "control_write" && e["state"] == state)
    }

    /// The names of the logical walsenders that exit by themselves.
    pub(crate) fn drained(&self) -> Vec<String> {
        let left = self.all(|e| is_walsender(e) && e["fn"] == "proc_exit" && e["code"] == 0);
        let physical = |name: &str| {
            self.first(|e| e["actor"] == name && e["fn"] == "WalSndSetState")
                .is_some()
        };
        let names = left.iter().map(|&i| text(&self.events[i]["actor"]));
        names.filter(|name| !physical(name)).collect()
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(crate) fn is_walsender(e: &Value) -> bool {
    text(&e["actor"]).starts_with("walsender:")
}

pub(crate) fn lsn(value: &Value) -> Option<u64> {
    let (high, low) = value.as_str()?.split_once('/')?;
    let high = u64::from_str_radix(high, 16).ok()?;
    Some(high << 32 | u64::from_str_radix(low, 16).ok()?)
}

pub(crate) fn show(lsn: u64) -> Value {
    format!("{:X}/{:X}", lsn >> 32, lsn & 0xFFFF_FFFF).into()
}
