//! Built-in scenarios of the machines beside the stop of one server.

pub mod pair;
pub mod slot_life;
pub mod upgrade_check;

/// A named scenario of such a machine.
#[derive(Clone, Copy, Debug)]
pub struct NamedPart<S: 'static> {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// The scenario.
    pub scenario: S,
}

/// The scenario of this name in `table`.
#[must_use]
pub fn find<S>(table: &'static [NamedPart<S>], name: &str) -> Option<&'static NamedPart<S>> {
    table.iter().find(|part| part.name == name)
}
