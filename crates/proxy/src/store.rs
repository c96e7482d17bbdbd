//! The store: the proxy's memory between requests, as seven atomic operations.
//!
//! Whoever writes a store keeps these rules; `tests/proxy/store-contract.js` checks them.
//!
//! A **record** belongs to one idempotency key. It is *held* (somebody works on it until its lease ends), *open*
//! (nobody does, and the outcome is unknown) or *done* (it has an answer). A **counter** is a set of claims, each
//! with an id, an amount and the record that holds it; what it counts is the sum of the amounts.
//!
//! A **window** counts calls up to its end. A **value** is text under a key, with an end of its own: sessions, what
//! was seen before, answers that may be given again.
//!
//! A **shard** names the part of the store in which an operation is decided. All that one member earns has one shard,
//! whatever his tokens call him, and all that one caller does besides has another; so a store that is spread over many
//! machines decides a claim and its record in one place. The budget of all callers together has its own. A key or counter is never used in two shards. Values stand alone and have none.
//!
//! Every operation is atomic: two of them, from any number of processes, have the effect of one after the other.
//! Nothing is ever forgotten before its time; what has outlived it counts as never having been.

use crate::twin::Twin;
use serde::{Deserialize, Serialize};

/// What the proxy asks of the store.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum StoreOp {
    /// Hold a record and its claims, or say why not.
    ///
    /// 1. The record exists: another `fingerprint` → `conflict`. *Done* → `done`. *Held* → `held`. *Open*, or held
    ///    with a lease that ended: if `resume`, hold it again with a new `token` → `reserved` with its first `since`,
    ///    its claims as they stand; else → `unknown`.
    /// 2. It doesn't: look at the counter of each claim. It has a claim of that id that is settled, or whose record is
    ///    held by a running lease: it is full. It has one that is neither: that is taken over, and counts once. It has
    ///    none, and the sum with the new amount is over `max`: it is full. A full counter ends with the last of its
    ///    claims; never (`null`) where one has no end, or the counter is empty. Where any is full → `limit`, which
    ///    tells of the one that ends last, the first of several: before that nothing would come of another try.
    /// 3. All fits: `look` → `ok`, for it only asks whether there is room. Else write record and claims, with a new
    ///    `token` → `reserved`, `since` = `now`. In every other case nothing was written.
    Reserve {
        /// The part of the store that decides.
        shard: String,
        /// The record's key.
        key: String,
        /// What the call was, so that a key is not used for two.
        fingerprint: String,
        /// Whether the work may be done again when its outcome is unknown.
        resume: bool,
        /// When the hold ends by itself, in milliseconds since 1970.
        lease_until: i64,
        /// When the record is forgotten.
        keep_until: i64,
        /// What it counts against.
        claims: Vec<Claim>,
        /// Whether nothing is to be held: the key is nobody's then.
        look: bool,
        /// The time, in milliseconds since 1970.
        now: i64,
    },
    /// Make a held record *done* with its answer, and its claims settled, if `token` is still its holder's.
    /// → `ok` or `lost`
    Settle {
        /// The part of the store that decides.
        shard: String,
        /// The record's key.
        key: String,
        /// What `reserved` gave.
        token: String,
        /// Status of the answer.
        status: u16,
        /// Body of the answer.
        body: String,
        /// When the record is forgotten. Its claims stay as long as their own `expires_at` says.
        keep_until: i64,
        /// The time.
        now: i64,
    },
    /// Let go of a held record, if `token` is still its holder's. → `ok` or `lost`
    ///
    /// `undo`: nothing happened; the record and its claims are gone, and a claim that it took over is what it was before,
    /// the earlier record's: what came of that one is as unknown as it was. Otherwise the outcome is unknown: the record
    /// is *open*, and its claims stand.
    Release {
        /// The part of the store that decides.
        shard: String,
        /// The record's key.
        key: String,
        /// What `reserved` gave.
        token: String,
        /// Whether it is known that nothing happened.
        undo: bool,
        /// The time.
        now: i64,
    },
    /// Count one call in every window, or in none. → `ok` with what is left in each, or `limit` with the first that
    /// is full
    ///
    /// Windows may lie in several shards. A store that is spread asks them all, and takes back what it counted where
    /// one is full: never do more than `max` pass, but a call may be refused for one that is taken back just then.
    Hit {
        /// The windows, each once.
        windows: Vec<Twin<Window>>,
        /// The time.
        now: i64,
    },
    /// Read a value. → `value`
    Get {
        /// Its key.
        key: String,
        /// The time.
        now: i64,
    },
    /// Write a value. → `ok`, or `exists` where only a new one was wanted; then nothing was written
    Put {
        /// Its key.
        key: String,
        /// The text.
        value: String,
        /// Whether a live value is left alone.
        only_new: bool,
        /// When it is forgotten.
        expires_at: i64,
        /// The time.
        now: i64,
    },
    /// Forget a value, whether there is one or not. → `ok`
    Remove {
        /// Its key.
        key: String,
        /// The time.
        now: i64,
    },
}

/// A span of time in which so many calls are let through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// The part of the store that counts: a caller's own, as for its records; else one for what the window is about.
    pub shard: String,
    /// The counter; its name holds the window's beginning.
    pub counter: String,
    /// The most calls in the window.
    pub max: u32,
    /// When the window, and the counter with it, ends.
    pub expires_at: i64,
}

/// A claim on a counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// The counter.
    pub counter: String,
    /// The claim's id within it.
    pub id: String,
    /// What it counts for.
    pub amount: i64,
    /// The most that the counter may hold.
    pub max: i64,
    /// When it no longer counts, in milliseconds since 1970; never, when absent.
    pub expires_at: Option<i64>,
}

/// What the store did.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum StoreReply {
    /// The record is held by the caller.
    Reserved {
        /// Proves it.
        token: String,
        /// When the record was first held: the same each time it is resumed.
        since: i64,
    },
    /// The record has an answer.
    Done {
        /// Status of the answer.
        status: u16,
        /// Body of the answer.
        body: String,
    },
    /// Somebody works on it.
    Held {
        /// When that ends by itself.
        lease_until: i64,
    },
    /// Somebody worked on it, what came of it is unknown, and it may not be done again.
    Unknown,
    /// The key was used for another call.
    Conflict,
    /// A counter is full.
    Limit {
        /// Which.
        counter: String,
        /// When there is room again; never, when absent.
        expires_at: Option<i64>,
    },
    /// Done.
    Ok {
        /// Of [`StoreOp::Hit`]: how many calls are left in each window.
        #[serde(default)]
        left: Vec<u32>,
    },
    /// What [`StoreOp::Get`] found.
    Value {
        /// The text; absent where there is none.
        #[serde(default)]
        value: Option<String>,
    },
    /// There is a live value already.
    Exists,
    /// The hold was somebody else's by then; nothing was written.
    Lost,
}
