//! Built-in scenarios of pg_upgrade's check.

use model::upgrade_check::{KeepSize, OldSlot, Scenario};
use model::wal::Lsn;

use super::NamedPart;

const fn slot(confirmed: u8) -> OldSlot {
    OldSlot {
        confirmed_flush: Lsn(confirmed),
        invalid: false,
        beyond_keep_size: false,
    }
}

const INVALID: Option<OldSlot> = Some(OldSlot {
    confirmed_flush: Lsn(9),
    invalid: true,
    beyond_keep_size: false,
});

const BIG: Option<OldSlot> = Some(OldSlot {
    confirmed_flush: Lsn(9),
    invalid: false,
    beyond_keep_size: true,
});

const fn scenario(
    slots: [Option<OldSlot>; 3],
    decodable: [u8; 3],
    keep_size: KeepSize,
) -> Scenario {
    Scenario {
        slots,
        decodable: [Lsn(decodable[0]), Lsn(decodable[1]), Lsn(decodable[2])],
        keep_size,
    }
}

macro_rules! parts {
    ($( $name:literal $about:literal $scenario:expr; )*) => {
        /// All of them.
        pub static PARTS: &[NamedPart<Scenario>] = &[ $( NamedPart {
            name: $name,
            about: $about,
            scenario: $scenario,
        }, )* ];
    };
}

parts! {
    "all-slots-invalid"
        "all logical slots of the database are invalid"
        scenario([INVALID, INVALID, None], [0; 3], KeepSize::Unset);
    "one-slot-invalid"
        "one of two logical slots is invalid"
        scenario([INVALID, Some(slot(9)), None], [0; 3], KeepSize::Unset);
    "two-slots-behind"
        "two slots are behind, by different records"
        scenario([Some(slot(5)), Some(slot(9)), None], [7, 10, 0], KeepSize::Unset);
    "one-slot-behind"
        "one slot is behind, two have consumed all"
        scenario([Some(slot(5)), Some(slot(9)), Some(slot(10))], [7, 0, 0], KeepSize::Unset);
    "slots-caught-up"
        "two slots have consumed all"
        scenario([Some(slot(5)), Some(slot(9)), None], [3, 0, 0], KeepSize::Unset);
    "keep-size-in-file"
        "postgresql.conf limits what slots keep; a slot keeps more"
        scenario([BIG, None, None], [0; 3], KeepSize::InFile);
    "keep-size-in-options"
        "the user hands pg_upgrade a limit for the old server; a slot keeps more"
        scenario([BIG, None, None], [0; 3], KeepSize::InOptions);
}
