//! Built-in scenarios of the machines that stand beside the stop of one server.

pub mod pair;

/// A scenario with its name.
#[derive(Clone, Debug)]
pub struct NamedPart<S> {
    /// Its name.
    pub name: &'static str,
    /// What happens in it, in a sentence.
    pub about: &'static str,
    /// The scenario.
    pub scenario: S,
}
