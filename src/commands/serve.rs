//! `serve`: stateright's explorer on a design in a scenario.

use std::net::{SocketAddr, TcpListener};

use super::{Outcome, search};
use crate::exit::Code;
use crate::input::{self, InputError};
use crate::output;

/// Runs the command; it ends only when it is interrupted.
pub(super) fn run(design: &str, scenario: &str, address: SocketAddr) -> Outcome {
    let named = input::scenario(scenario)?;
    let world = search::world(design, &named)?;
    // The explorer would panic at an address that it cannot have.
    TcpListener::bind(address).map_err(|error| {
        InputError::new(
            &format!("cannot listen at `{address}`: {error}"),
            "give another one with `--address HOST:PORT`",
        )
    })?;
    output::complain(&format!(
        "{design} in {scenario}: http://{address} (interrupt to end)"
    ));
    sim::explorer::serve(&world, &input::all_properties(), address);
    Ok((String::new(), Code::Holds))
}
