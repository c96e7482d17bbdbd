//! The Rust shell: the client for frontends and workers written in Rust.
//!
//! ```no_run
//! # async fn page() -> Result<(), loyalty_edge::Error> {
//! use loyalty_edge::Client;
//!
//! let client = Client::new("/loyalty").token(|| Some("the member's own token".into()));
//! let account = client.accounts().get_current_member().await?;
//! let earned = client.points().earn("write-review", Some("product-7")).await?;
//! assert!(earned.account.points.balance > account.points.balance);
//! # Ok(()) }
//! ```

mod accounts;
mod builder;
mod call;
mod coupons;
mod points;
mod programs;
mod rewards;
mod tiers;
mod transactions;
mod transport;

pub use accounts::Accounts;
pub use builder::{Found, Queried, QueryBuilder};
pub use coupons::Coupons;
pub use points::Points;
pub use programs::Programs;
pub use rewards::Rewards;
pub use tiers::Tiers;
pub use transactions::Transactions;

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

type TokenSource = Rc<dyn Fn() -> Option<String>>;

/// The longest a call may take by default, its retries included, in milliseconds.
const DEFAULT_TIMEOUT_MS: u32 = 30_000;

/// A client of one proxy. Cheap to clone; does nothing until a function is called.
#[derive(Clone)]
pub struct Client {
    proxy: Rc<str>,
    token: Option<TokenSource>,
    budget: Rc<Cell<f64>>,
    options: CallOptions,
}

/// What one call may be told beyond its arguments.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    /// Aborts the call: it fails with `CANCELLED`, whatever the reason is.
    pub signal: Option<AbortSignal>,
    /// The longest the whole call may take, in milliseconds; 30,000 when absent.
    pub timeout_ms: Option<u32>,
    /// The key of a write: 1 to 128 of letters, digits, `_` and `-`. Made for each call when absent.
    pub idempotency_key: Option<String>,
}

impl Client {
    /// A client of the proxy at this URL, such as `/loyalty` or `https://edge.shop.example/loyalty`.
    #[must_use]
    pub fn new(proxy: &str) -> Self {
        Self {
            proxy: proxy.trim_end_matches('/').into(),
            token: None,
            budget: Rc::new(Cell::new(call::FULL_BUDGET)),
            options: CallOptions::default(),
        }
    }

    /// Where the caller's own token comes from, asked before each attempt. Without one the caller is a visitor.
    /// An elevated credential is refused when the call is made: it belongs into the proxy.
    #[must_use]
    pub fn token(mut self, source: impl Fn() -> Option<String> + 'static) -> Self {
        self.token = Some(Rc::new(source));
        self
    }

    /// The same client with other options for the calls that are made with it.
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Self {
        Self { options, ..self.clone() }
    }

    /// Accounts.
    #[must_use]
    pub const fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
    }

    /// Transactions.
    #[must_use]
    pub const fn transactions(&self) -> Transactions<'_> {
        Transactions(self)
    }

    /// The program.
    #[must_use]
    pub const fn programs(&self) -> Programs<'_> {
        Programs(self)
    }

    /// Tiers.
    #[must_use]
    pub const fn tiers(&self) -> Tiers<'_> {
        Tiers(self)
    }

    /// Rewards.
    #[must_use]
    pub const fn rewards(&self) -> Rewards<'_> {
        Rewards(self)
    }

    /// Coupons.
    #[must_use]
    pub const fn coupons(&self) -> Coupons<'_> {
        Coupons(self)
    }

    /// Points, by the named actions of the proxy's policy.
    #[must_use]
    pub const fn points(&self) -> Points<'_> {
        Points(self)
    }
}

impl core::fmt::Debug for Client {
    /// Without the token.
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Client").field("proxy", &self.proxy).finish_non_exhaustive()
    }
}

/// A plain JavaScript object of an entity, for handing it to JavaScript: `Map`-free, absent where Rust has `None`.
///
/// # Errors
/// `INTERNAL`, should an entity not fit into JavaScript.
pub fn to_js(entity: &impl serde::Serialize) -> Result<JsValue, crate::Error> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    entity.serialize(&serializer).map_err(|error| {
        crate::Error::new(loyalty_contract::ErrorCode::Internal, "").with_cause(error.into())
    })
}
