//! A call from end to end, without I/O: what to send, what came back, whether to send it again.
//!
//! Every shell drives the same three steps: [`begin`] before the network, [`finish`] behind it, [`retry::decide`]
//! when something went wrong.

mod begin;
mod finish;
#[cfg(not(page))]
mod problem;
mod report;
pub mod retry;

pub use begin::Request;
pub use finish::Value;

#[cfg(not(page))]
pub use {
    begin::begin,
    finish::finish,
    problem::{Problem, Violation},
};
#[cfg(page)]
pub(crate) use {begin::begin_or_report, finish::finish_or_report};

pub use crate::codec::violation::Rule;
