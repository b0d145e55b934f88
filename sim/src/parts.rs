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

/// Names of all of them, each with what it is, machine by machine.
#[must_use]
pub fn all() -> Vec<(&'static str, &'static str)> {
    let slot_life = slot_life::PARTS.iter().map(|part| (part.name, part.about));
    let check = upgrade_check::PARTS
        .iter()
        .map(|part| (part.name, part.about));
    let pair = pair::built_in().into_iter();
    slot_life
        .chain(check)
        .chain(pair.map(|part| (part.name, part.about)))
        .collect()
}

/// The scenario of this name in `table`.
#[must_use]
pub fn find<S>(table: &'static [NamedPart<S>], name: &str) -> Option<&'static NamedPart<S>> {
    table.iter().find(|part| part.name == name)
}
