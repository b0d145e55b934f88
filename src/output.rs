//! Writing to the terminal: data to stdout, complaints to stderr, a closed pipe is no error.

use std::io::{self, ErrorKind, IsTerminal, Write};

/// Writes `text` to stdout.
///
/// # Errors
/// When stdout cannot be written for another reason than a closed pipe.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => {
            complain(&format!(
                "error: cannot write the result\n   = note: {error}"
            ));
            Err(error)
        }
        Ok(()) => Ok(()),
    }
}

/// Writes a complaint to stderr.
pub(crate) fn complain(text: &str) {
    // There is nowhere left to say that stderr is closed.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether stdout is a terminal, for colour.
pub(crate) fn colour() -> bool {
    io::stdout().is_terminal()
}
