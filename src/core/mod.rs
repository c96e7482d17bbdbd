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

#[cfg(page)]
pub(crate) use {begin::begin_with, finish::finish_with};
#[cfg(not(page))]
pub use {
    begin::{Request, begin},
    finish::{Value, finish},
    problem::{Problem, Violation},
};

pub use crate::codec::violation::Rule;
