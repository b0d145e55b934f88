//! stateright's explorer on a world: the graph by hand, state by state, in a browser.

use std::net::SocketAddr;

use model::world::World;
use properties::Property;
use stateright::Model;

use crate::adapter::Adapter;

/// Serves `world` at `address` until the process is ended. States are expanded as they are asked
/// for; `properties` are judged where the explorer goes (but for leads-to ones).
pub fn serve(world: &World, properties: &[&'static Property], address: SocketAddr) {
    let adapter = Adapter::new(world.clone(), properties.to_vec(), false);
    let _checker = adapter.checker().threads(1).serve(address);
}
