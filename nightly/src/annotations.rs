//! GitHub's workflow commands: a line for each new violation, so that it stands on the run's page.

use crate::sarif::file_of;
use crate::summary::Summary;

/// New violations as errors, what is flaky or undecided as warnings.
#[must_use]
pub fn annotations(summary: &Summary) -> String {
    let mut out = String::new();
    for v in summary.with("new") {
        let file = v.file.clone().unwrap_or_else(|| file_of(v));
        let title = format!("{} breaks {}", v.design, v.property);
        let message = format!("{}: {}\n{}", v.key, v.message, v.command());
        out += &format!(
            "::error file={},title={}::{}\n",
            property(&file),
            property(&title),
            data(&message)
        );
    }
    for (unit, why) in &summary.panicked {
        out += &format!(
            "::error title=our bug::{}\n",
            data(&format!("{unit}: {why}"))
        );
    }
    for (unit, key, one, other) in &summary.flaky {
        let told = format!("{key}: {unit} said `{one}` and `{other}`");
        out += &format!("::warning title=flaky::{}\n", data(&told));
    }
    if !summary.inconclusive.is_empty() {
        let told = format!(
            "{} units could not decide everything",
            summary.inconclusive.len()
        );
        out += &format!("::warning title=inconclusive::{}\n", data(&told));
    }
    out
}

/// Text of a command, escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property's value, escaped.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_are_escaped() {
        assert_eq!(super::data("1 %\n2"), "1 %25%0A2");
        assert_eq!(super::property("a:b,c"), "a%3Ab%2Cc");
    }
}
