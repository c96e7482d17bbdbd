//! The client of loyalty-edge: what a page imports.
//!
//! One synchronous core without I/O ([`core`] over the codec) and two shells around it: the JavaScript shell, which
//! calls the exports of `bindings`, and the Rust shell behind the feature `rust-client`.

// A page's module has no use for the standard library, whose panics alone weigh more than the whole core.
#![cfg_attr(page, no_std)]

extern crate alloc;

mod codec;
pub mod core;

#[cfg(page)]
mod bindings;

#[cfg(all(feature = "rust-client", target_arch = "wasm32"))]
mod error;
#[cfg(all(feature = "rust-client", target_arch = "wasm32"))]
mod rust_client;

pub use codec::Naming;
#[cfg(all(feature = "rust-client", target_arch = "wasm32"))]
pub use error::Error;
#[cfg(all(feature = "rust-client", target_arch = "wasm32"))]
pub use rust_client::{
    Accounts, CallOptions, Client, Coupons, Found, Points, Programs, Queried, QueryBuilder, Rewards, Tiers,
    Transactions, to_js,
};

/// The types of requests and answers.
#[cfg(feature = "rust-client")]
pub use loyalty_contract as contract;
