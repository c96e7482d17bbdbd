//! The wire contract of the Wix Loyalty REST API, as data and pure functions.
//!
//! One table of endpoints ([`endpoint::ENDPOINTS`]) with their request and response records feeds every part:
//! the client's packed schema, the proxy's allow-list, the sandbox's router, the OpenAPI files, the types and
//! docs of the npm package, and the coverage tests. Nothing in this crate knows a clock, a network or JavaScript.

// Without the typed half there is no need of the standard library: a page's module links none.
#![cfg_attr(not(feature = "typed"), no_std)]

extern crate alloc;

pub mod endpoint;
pub mod error;
pub mod fields;
pub mod guid;
mod ops;
pub mod path;
mod record;
pub mod rename;
pub mod rules;
pub mod schema;
pub mod time;
pub mod types;
pub mod values;

#[cfg(feature = "typed")]
pub mod filter;
#[cfg(feature = "typed")]
pub mod neighbours;
#[cfg(feature = "typed")]
pub mod validate;

pub use endpoint::{ENDPOINTS, Endpoint, Operation};
pub use error::ErrorCode;
pub use guid::Guid;
pub use ops::{accounts, coupons, points, programs, rewards, tiers, transactions};
pub use time::Timestamp;
