//! `--perfetto FILE`: a shutdown as a trace of Chrome's trace event format.

use std::path::Path;

use model::world::World;
use properties::Counterexample;
use reports::perfetto::{self, Row};

use crate::input::InputError;
use crate::output;

/// Writes `rows` to `path`, if there are any, and says so. `about` is what they show.
pub(super) fn write(path: &Path, rows: &[Row], about: &[(&str, &str)]) -> Result<(), InputError> {
    if rows.is_empty() {
        let path = path.display();
        output::complain(&format!(
            "note: there is no story to show, `{path}` is not written"
        ));
        return Ok(());
    }
    let text = perfetto::trace(rows, about).to_string();
    std::fs::write(path, text).map_err(|error| {
        InputError::new(
            &format!("cannot write `{}`: {error}", path.display()),
            "give a file in a directory that can be written, with space left",
        )
    })?;
    let words: Vec<&str> = about.iter().map(|(_, value)| *value).collect();
    output::complain(&format!(
        "note: `{}` shows {}; open it in https://ui.perfetto.dev",
        path.display(),
        words.join(", ")
    ));
    Ok(())
}

/// Writes a story of the stop of one server.
pub(super) fn story(
    path: &Path,
    world: &World,
    run: &Counterexample,
    about: &[(&str, &str)],
) -> Result<(), InputError> {
    write(path, &perfetto::story(world, run), about)
}
