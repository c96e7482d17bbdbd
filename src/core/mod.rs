//! A call from end to end, without I/O: what to send, what came back, whether to send it again.
//!
//! Every shell drives the same three steps: the arguments are checked before the network, the answer behind it, and
//! [`retry::decide`] is asked when something went wrong. What a page's shell does in JavaScript, because there it costs
//! a page less, is here for all others: [`begin`] puts the payload into a request, [`finish`] reads failures.

mod answer;
mod arguments;
#[cfg(not(page))]
mod begin;
#[cfg(not(page))]
mod finish;
#[cfg(not(page))]
mod problem;
#[cfg(not(page))]
mod report;
pub mod retry;

#[cfg(page)]
pub(crate) use {answer::answer, arguments::arguments};
#[cfg(not(page))]
pub use {
    begin::{Request, begin},
    finish::{Value, finish},
    problem::{Problem, Violation},
};

pub use crate::codec::violation::Rule;
