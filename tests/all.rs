//! All tests of the program from outside, in one program of their own: built and linked once, and
//! run beside each other.

mod cli;
mod cluster;
mod loom;
mod main_job;
mod nightly;
mod recorded;
mod resume;
mod source;
mod stories;
mod tamper;
mod tidy;
mod tracing;
mod validate;
mod walks;
