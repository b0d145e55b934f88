//! What must be true of a slot's life.

mod ending;
mod positions;
mod slots;
mod transactions;

pub use ending::{LifeEnding, SlotLeft};

use model::slot_life::SlotLife;

use crate::claims::Property;

/// All properties of the machine, in the order of the slot's life.
pub static PROPERTIES: &[Property<SlotLife>] = &[
    slots::SLOT_STAYS_VALID,
    slots::SLOT_HAS_ITS_OWNER,
    slots::SNAPSHOT_ROWS_KEPT,
    slots::SLOT_WAL_IS_LOGICAL,
    slots::NO_ASSERTION_FAILURE,
    slots::NO_STATS_AFTER_STATS_SHUTDOWN,
    positions::SLOT_NEVER_RETREATS,
    positions::WAL_KEPT,
    positions::DECODING_FINDS_ITS_WAL,
    positions::CONFIRMED_IS_ON_DISK,
    transactions::NO_COMMIT_LOST,
    transactions::NO_COMMIT_TWICE,
    transactions::PREPARED_TRANSACTION_IS_KNOWN,
];

/// The property with this id.
#[must_use]
pub fn property(id: &str) -> Option<&'static Property<SlotLife>> {
    PROPERTIES.iter().find(|p| p.id == id)
}
