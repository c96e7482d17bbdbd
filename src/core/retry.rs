//! Whether a failed attempt is followed by another, and when. A function of its arguments: clock, randomness and
//! the budget's purse are the shell's.

use crate::codec::schema::Endpoint;
use crate::codec::tags;

/// The most attempts of one call.
pub const MAX_ATTEMPTS: u32 = 3;
/// The first wait is below this many milliseconds, the second below twice as many.
const BASE_MS: f64 = 200.0;
/// No server's wish is heeded for longer, in milliseconds.
const MAX_RETRY_AFTER_MS: f64 = 60_000.0;

/// An attempt that failed.
#[derive(Debug, Clone, Copy)]
pub struct Failure {
    /// Number of the method.
    pub operation: u32,
    /// Which attempt: the first is 1.
    pub attempt: u32,
    /// The status of the answer; 0 where none came.
    pub status: u16,
    /// Whether the answer, or the code made of it, says that the call may be sent again.
    pub retryable: bool,
    /// What the answer's `Retry-After` asks for, in milliseconds; 0 without one.
    pub retry_after_ms: f64,
    /// Since the call began.
    pub elapsed_ms: f64,
    /// For the whole call, since it began.
    pub deadline_ms: f64,
    /// How many retries the client can still afford.
    pub budget: f64,
    /// From 0 to 1.
    pub random: f64,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decision {
    /// Tell the caller of the failure.
    GiveUp,
    /// Tell the caller that nobody knows whether the call was carried out.
    OutcomeUnknown,
    /// Send the same again, with the same key, after so many milliseconds.
    Wait(f64),
}

/// Decides.
#[must_use]
pub fn decide(failure: &Failure) -> Decision {
    let Some(endpoint) = Endpoint::numbered(failure.operation) else { return Decision::GiveUp };
    if !failure.retryable {
        return Decision::GiveUp;
    }
    if endpoint.effect == tags::NEVER {
        // Bulk jobs and redemptions carry no key upstream: what was lost on the way may have been carried out.
        return if failure.status == 0 { Decision::OutcomeUnknown } else { Decision::GiveUp };
    }
    if failure.attempt >= MAX_ATTEMPTS || failure.budget < 1.0 {
        return Decision::GiveUp;
    }
    // Full jitter: clients that failed together don't come back together.
    let backoff = failure.random * BASE_MS * if failure.attempt > 1 { 2.0 } else { 1.0 };
    let wait = backoff + failure.retry_after_ms.clamp(0.0, MAX_RETRY_AFTER_MS);
    if failure.elapsed_ms + wait < failure.deadline_ms { Decision::Wait(wait) } else { Decision::GiveUp }
}
