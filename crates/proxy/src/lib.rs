//! The proxy's decisions, without I/O and without a clock.
//!
//! One request is one [`Exchange`]: events go in ([`Event`]), effects come out ([`Effect`]), and the last effect
//! is the answer. A shell of a few dozen lines carries the effects out: JavaScript in production, a simulator in
//! the tests. The credential is never in here: an upstream call says only *that* the shell shall attach it.
//!
//! Reading order: [`policy`] and [`config`] (what the developer says), `boundary`, `route`, `decide` (may they?),
//! `scope` (of whose account?), `earn` and `once` (how much, and only once), `upstream`, `answered` and `project` (what
//! goes up and what comes back), `exchange` (the order of it all).

mod adjust;
mod answered;
mod audit;
mod backend;
mod boundary;
mod bulk;
mod cache;
mod caller;
mod canonical;
pub mod config;
mod decide;
mod document;
mod earn;
mod effect;
mod enrol;
mod exchange;
mod first;
mod flow;
mod heads;
mod host;
mod idempotency;
mod keys;
mod known;
mod me;
mod once;
mod own;
mod payee;
mod payload;
pub mod policy;
mod preview;
mod problem;
mod project;
mod rate;
mod request;
mod reverse;
mod route;
mod scope;
mod session;
mod shell;
pub mod store;
mod together;
mod twin;
mod upstream;

#[cfg(target_arch = "wasm32")]
mod wasm;
#[cfg(target_arch = "wasm32")]
mod wasm_host;
mod webhook;

pub use backend::{Order, Who};
pub use cache::Keep;
pub use caller::{Caller, Role};
pub use config::{Audit, Config, Options};
pub use decide::{Scope, Verdict, decide};
pub use effect::{Answer, Auth, Effect, Event, Headers, NoReply, Started, Summary, UpstreamCall};
pub use exchange::Exchange;
pub use host::Host;
pub use known::Known;
pub use policy::Policy;
pub use request::Request;
pub use session::SessionStep;
pub use twin::Twin;
pub use webhook::Webhooks;
