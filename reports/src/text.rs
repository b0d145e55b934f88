//! Small helpers for text: wrapping and colour.

use crate::Style;

/// `text` in lines of at most `width` characters, broken at spaces.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let length = lines[last].chars().count();
        if length > 0 && length + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if length > 0 {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    lines
}

/// `text` wrapped, with `indent` spaces before every line but the first.
#[must_use]
pub fn hang(text: &str, indent: usize, style: Style) -> String {
    wrap(text, style.width.saturating_sub(indent).max(20)).join(&format!("\n{:indent$}", ""))
}

/// `text` in bold red, where colour is on.
#[must_use]
pub fn alarm(text: &str, style: Style) -> String {
    if style.color {
        format!("\u{1b}[1;31m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

/// `text` in bold, where colour is on.
#[must_use]
pub fn bold(text: &str, style: Style) -> String {
    if style.color {
        format!("\u{1b}[1m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}

/// The first `width` characters of `text`; a cut one ends in an ellipsis.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    kept + "\u{2026}"
}
