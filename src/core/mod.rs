//! A call from end to end, without I/O: what to send, what came back, whether to send it again.
//!
//! Every shell drives the same three steps: [`begin`] before the network, [`finish`] behind it, [`retry::decide`]
//! when something went wrong.

mod begin;
mod finish;
mod problem;
pub mod retry;

#[cfg(all(feature = "bindings", target_arch = "wasm32"))]
pub(crate) use begin::begin_or_report;
pub use begin::{Request, begin};
#[cfg(all(feature = "bindings", target_arch = "wasm32"))]
pub(crate) use finish::finish_or_report;
pub use finish::{Value, finish};
pub use problem::Problem;

pub use crate::codec::violation::{Rule, Violation};
