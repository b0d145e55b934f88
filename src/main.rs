//! The `shutcheck` command: parse, wire, exit code.

mod cli;
mod commands;
mod exit;
mod input;
mod interval;
mod log;
mod memory;
mod output;
mod progress;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match cli::parse() {
        Ok(cli) => cli,
        Err(code) => return code.into(),
    };
    let run = || {
        log::start(cli.log.as_deref(), cli.log_format)?;
        let _command = tracing::info_span!("command", name = cli.name()).entered();
        commands::run(&cli)
    };
    match run() {
        Ok((text, code)) => output::print(&text)
            .map_or(exit::Code::Internal, |()| code)
            .into(),
        Err(error) => {
            output::complain(&error.to_string());
            exit::Code::Usage.into()
        }
    }
}
