//! The nightly job: units of work within a budget, their results in a database, what is new.
//!
//! A night is a list of [units](mod@unit). Each is a function of its id, the configuration and the
//! build; [`work`] runs one. [`night`] deals them to threads, weighs the parts ([`share`]), and
//! gives each result to the [`journal`] first and to the [`store`] then, so that a killed night
//! goes on where it was and a broken database is built again. [`summary`], [`junit`], [`sarif`] and
//! [`annotations`] read the store only.
//!
//! *Never here*: what PostgreSQL does, and how a search goes.

pub mod annotations;
pub mod clock;
pub mod config;
pub mod error;
pub mod journal;
pub mod junit;
pub mod merge;
pub mod night;
pub mod plan;
pub mod record;
pub mod sarif;
pub mod share;
pub mod store;
pub mod summary;
pub mod unit;
pub mod work;

pub use error::NightlyError;
