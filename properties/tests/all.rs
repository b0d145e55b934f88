//! Each claim on states made by hand: broken by the first, the middle and the last of what it
//! speaks of, kept at its boundary and broken one beyond it, and excused by what excuses it alone.

mod at_end;
mod common;
mod waivers;
