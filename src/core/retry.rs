//! Whether a failed attempt is followed by another, and when. A function of its arguments: clock, randomness and
//! the budget's purse are the shell's.

use crate::codec::schema::Method;
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
    let method = Method::numbered(failure.operation);
    if !failure.retryable {
        return Decision::GiveUp;
    }
    if method.effect() == tags::NEVER {
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

#[cfg(test)]
mod tests {
    use super::*;
    use loyalty_contract::Operation;

    const FAILURE: Failure = Failure {
        operation: Operation::GetAccount as u32,
        attempt: 1,
        status: 503,
        retryable: true,
        retry_after_ms: 0.0,
        elapsed_ms: 10.0,
        deadline_ms: 30_000.0,
        budget: 10.0,
        random: 0.5,
    };

    #[test]
    fn c02_table() {
        let write = |operation: Operation| Failure { operation: operation as u32, ..FAILURE };
        let (earn, redeem) = (write(Operation::EarnPoints), write(Operation::RedeemPointsForCoupon));
        for (name, failure, decision) in [
            ("a read", FAILURE, Decision::Wait(100.0)),
            ("a write with a key in its body", earn, Decision::Wait(100.0)),
            ("a write with a key in its header", write(Operation::Earn), Decision::Wait(100.0)),
            ("no answer at all", Failure { status: 0, ..FAILURE }, Decision::Wait(100.0)),
            ("the second", Failure { attempt: 2, ..FAILURE }, Decision::Wait(200.0)),
            ("the third", Failure { attempt: 3, ..FAILURE }, Decision::GiveUp),
            ("full jitter, low", Failure { random: 0.0, ..FAILURE }, Decision::Wait(0.0)),
            ("full jitter, high", Failure { random: 1.0, ..FAILURE }, Decision::Wait(200.0)),
            ("not retryable", Failure { retryable: false, ..FAILURE }, Decision::GiveUp),
            (
                "not retryable always wins",
                Failure { retryable: false, retry_after_ms: 5.0, ..earn },
                Decision::GiveUp,
            ),
            ("the last of the budget", Failure { budget: 1.0, ..FAILURE }, Decision::Wait(100.0)),
            ("no budget", Failure { budget: 0.9, ..FAILURE }, Decision::GiveUp),
            ("Retry-After", Failure { retry_after_ms: 2_000.0, ..FAILURE }, Decision::Wait(2_100.0)),
            (
                "Retry-After past the deadline",
                Failure { retry_after_ms: 40_000.0, ..FAILURE },
                Decision::GiveUp,
            ),
            (
                "Retry-After is capped",
                Failure { retry_after_ms: 1e12, deadline_ms: 100_000.0, ..FAILURE },
                Decision::Wait(60_100.0),
            ),
            ("Retry-After of the past", Failure { retry_after_ms: -5.0, ..FAILURE }, Decision::Wait(100.0)),
            ("no time left", Failure { elapsed_ms: 29_950.0, ..FAILURE }, Decision::GiveUp),
            ("no number", Failure { elapsed_ms: f64::NAN, ..FAILURE }, Decision::GiveUp),
            ("redeem, lost", Failure { status: 0, ..redeem }, Decision::OutcomeUnknown),
            ("redeem, refused for now", redeem, Decision::GiveUp),
            ("redeem, refused", Failure { status: 0, retryable: false, ..redeem }, Decision::GiveUp),
            (
                "bulk, lost",
                Failure { status: 0, ..write(Operation::BulkAdjustPoints) },
                Decision::OutcomeUnknown,
            ),
        ] {
            assert_eq!(decide(&failure), decision, "{name}");
        }
    }

    #[test]
    fn c02_only_three_methods_are_never_repeated() {
        let never: Vec<_> = loyalty_contract::ENDPOINTS
            .iter()
            .filter(|endpoint| {
                let lost = Failure { operation: endpoint.operation as u32, status: 0, ..FAILURE };
                decide(&lost) == Decision::OutcomeUnknown
            })
            .map(|endpoint| endpoint.name)
            .collect();
        assert_eq!(
            never,
            ["bulkAdjustPoints", "redeemPointsForCoupon", "redeemCurrentMemberPointsForCoupon"]
        );
    }
}
