//! A local stand-in for the Wix Loyalty REST API: a ledger with the service's rules, its query language, its
//! credentials and its errors, for tests and demos without a Wix site.
//!
//! The whole is one deterministic state machine ([`Sandbox::handle`]): a request and the time in, an answer out.
//! It has no clock, no chance and no network of its own, so the same seed and the same calls give the same bytes,
//! natively and in WebAssembly. What nobody documents is chosen; `pkg/sandbox/README.md` lists the choices.

mod api;
mod auth;
mod behaviour;
mod clock;
mod control;
mod error;
mod events;
mod faults;
mod fixtures;
mod http;
mod ids;
mod jobs;
mod journal;
mod ledger;
mod options;
mod query;
mod ready;
mod route;
mod sandbox;
mod store;
mod throttle;
#[cfg(target_arch = "wasm32")]
mod wasm;
mod wire;

pub use behaviour::{Behaviour, DuplicateEarn};
pub use http::{Effects, Request, Response};
pub use options::Options;
pub use sandbox::Sandbox;
pub use store::{Everything, FORMAT, Opening};
