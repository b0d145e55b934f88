//! The run's own log, to stderr: levels, spans by phase, text or JSON lines.

use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::cli::Format;
use crate::input::InputError;

/// Starts the log, if asked for. A span is told when it closes, with the time it took.
///
/// # Errors
/// When the filter is none.
pub(crate) fn start(filter: Option<&str>, format: Format) -> Result<(), InputError> {
    let Some(filter) = filter else {
        return Ok(());
    };
    let help = "give a level (`error`, `warn`, `info`, `debug`, `trace`), or levels by room: \
                `info,sim=debug,nightly=trace`";
    let levels = ["error", "warn", "info", "debug", "trace", "off"];
    // A word alone is taken for the name of a room by the filter, and would silence everything.
    if !filter.contains('=') && filter.split(',').any(|word| !levels.contains(&word)) {
        return Err(InputError::new(
            &format!("`--log {filter}` is no level"),
            help,
        ));
    }
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| InputError::new(&format!("`--log {filter}`: {error}"), help))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(std::io::stderr);
    match format {
        Format::Text => log.init(),
        Format::Json => log.json().init(),
    }
    Ok(())
}
