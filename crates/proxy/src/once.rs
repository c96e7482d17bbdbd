//! Once for each idempotency key: hold, do, settle (P30).

use crate::caller::Caller;
use crate::canonical::{canonical, fingerprint};
use crate::flow::{Context, Reply};
use crate::keys::shard;
use crate::problem::Problem;
use crate::store::{Claim, StoreOp, StoreReply};
use loyalty_contract::endpoint::{Effect, Retry};
use loyalty_contract::{Endpoint, ErrorCode, Timestamp};
use serde_json::Value;

/// How long a done answer is repeated, and an unknown outcome remembered.
const KEEP_MS: i64 = 86_400_000;
/// How long a hold lasts whose holder died. Longer than the slowest work: three attempts, waits and a reconciliation.
const LEASE_MS: i64 = 60_000;

/// Why a write has no good answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nothing happened.
    Refused(Problem),
    /// Nobody knows.
    Unknown(Problem),
}

/// A call that happens once.
pub(crate) struct Once {
    /// Where the record and the claims stand.
    pub(crate) shard: String,
    /// The record.
    pub(crate) key: String,
    /// What the call is.
    pub(crate) fingerprint: String,
    /// Whether it may be done again where the outcome is unknown.
    pub(crate) resume: bool,
    /// What it counts against.
    pub(crate) claims: Vec<Claim>,
}

impl Once {
    /// For a method of the API. `None` for customers that can't be told apart: their keys would run together. Those who
    /// work for the shop have their role's keys together where their tokens name nobody: what one of them may be told
    /// the others may too, and without a record a repeat would adjust twice.
    pub(crate) fn for_call(
        context: &Context,
        caller: &Caller,
        endpoint: &'static Endpoint,
        payload: &Value,
        key: &str,
    ) -> Option<Self> {
        let resume = endpoint.effect == Effect::Write(Retry::BodyKey);
        let role = (!caller.role.is_customer()).then(|| caller.role.as_str().to_owned());
        let subject = caller.subject().or(role)?;
        Some(Self::new(context, &subject, &subject, endpoint.name, payload, key, resume))
    }

    /// The record is one for each site, caller, operation and key; the fingerprint is of method, path and body.
    /// `place` is whose shard it lies in: an earn lies where its claims do.
    pub(crate) fn new(
        context: &Context,
        place: &str,
        whose: &str,
        operation: &str,
        payload: &Value,
        key: &str,
        resume: bool,
    ) -> Self {
        let site = context.config.site_id.as_str();
        let request = &context.request;
        Self {
            shard: shard(site, place),
            key: fingerprint(&["record", site, whose, operation, key]),
            fingerprint: fingerprint(&[&request.method, request.split().0, &canonical(payload)]),
            resume,
            claims: Vec::new(),
        }
    }
}

/// Does the work once. The work gets the time at which its key was first held: the same on every repeat.
pub(crate) async fn run(
    context: &Context,
    once: Option<Once>,
    work: impl AsyncFnOnce(Timestamp) -> Result<Reply, Failure>,
) -> Result<Reply, Problem> {
    run_for(context, once, KEEP_MS, work).await
}

/// The same, with an answer that is remembered for so long.
pub(crate) async fn run_for(
    context: &Context,
    once: Option<Once>,
    keep_ms: i64,
    work: impl AsyncFnOnce(Timestamp) -> Result<Reply, Failure>,
) -> Result<Reply, Problem> {
    let Some(once) = once else {
        return work(context.shell.now()).await.map_err(|failure| match failure {
            Failure::Refused(problem) | Failure::Unknown(problem) => problem,
        });
    };
    let now = context.shell.now().0;
    let reply = context
        .shell
        .store(StoreOp::Reserve {
            shard: once.shard.clone(),
            key: once.key.clone(),
            fingerprint: once.fingerprint.clone(),
            resume: once.resume,
            lease_until: now + LEASE_MS,
            keep_until: now + keep_ms,
            claims: once.claims.clone(),
            look: false,
            now,
        })
        .await?;
    let (token, since) = match reply {
        StoreReply::Reserved { token, since } => (token, since),
        other => return replayed(context, other),
    };
    let result = work(Timestamp(since)).await;
    finish(context, &once, keep_ms, token, since < now, result).await
}

/// After how many seconds it makes sense to ask for what somebody works on: soon where it has just begun; what has taken
/// long takes longer still, and three questions in as many seconds would be all that a client asks.
fn patience(lease_until: i64, now: i64) -> i64 {
    let taken = LEASE_MS.saturating_sub(lease_until.saturating_sub(now));
    (taken / 2_000).clamp(1, 10)
}

/// What the caller hears where the work isn't done now.
fn replayed(context: &Context, reply: StoreReply) -> Result<Reply, Problem> {
    match reply {
        StoreReply::Done { status, body } => Ok(Reply { status, body, ..Reply::default() }),
        StoreReply::Held { lease_until } => Err(Problem::new(
            ErrorCode::InProgress,
            "the same call is being carried out; ask again with the same key",
        )
        .retry_after(patience(lease_until, context.shell.now().0))),
        StoreReply::Unknown => Err(Problem::new(
            ErrorCode::OutcomeUnknown,
            "an earlier call with this key has an unknown outcome: look at the account's transactions",
        )),
        StoreReply::Conflict => Err(Problem::new(
            ErrorCode::IdempotencyConflict,
            "this Idempotency-Key was used for another call",
        )),
        StoreReply::Limit { expires_at, .. } => {
            let text = match expires_at.map(Timestamp) {
                Some(end) => format!("the limit is reached until {}", end.to_iso()),
                None => "this was claimed already".to_owned(),
            };
            let mut problem = Problem::new(ErrorCode::LimitReached, text);
            problem.retry_at = expires_at.map(Timestamp);
            Err(problem)
        }
        StoreReply::Reserved { .. }
        | StoreReply::Ok { .. }
        | StoreReply::Value { .. }
        | StoreReply::Exists
        | StoreReply::Lost => {
            Err(context.shell.broken("the store answered reserve with another operation's reply"))
        }
    }
}

async fn finish(
    context: &Context,
    once: &Once,
    keep_ms: i64,
    token: String,
    resumed: bool,
    result: Result<Reply, Failure>,
) -> Result<Reply, Problem> {
    let now = context.shell.now().0;
    let (shard, key) = (once.shard.clone(), once.key.clone());
    let settle = |token, status, body| StoreOp::Settle {
        shard: shard.clone(),
        key: key.clone(),
        token,
        status,
        body,
        keep_until: now + keep_ms,
        now,
    };
    let (op, result) = match result {
        Ok(reply) => (settle(token, reply.status, reply.body.clone()), Ok(reply)),
        // What an attempt before this one did is as unknown as it was: its claims stand.
        Err(Failure::Refused(problem)) if resumed => (
            StoreOp::Release { shard: shard.clone(), key: key.clone(), token, undo: false, now },
            Err(problem),
        ),
        Err(Failure::Refused(problem)) => (
            StoreOp::Release { shard: shard.clone(), key: key.clone(), token, undo: true, now },
            Err(problem),
        ),
        Err(Failure::Unknown(problem)) if once.resume => {
            // The same key goes on where this left off, with the same key upstream.
            let problem = problem.retryable(true).retry_after(1);
            (
                StoreOp::Release { shard: shard.clone(), key: key.clone(), token, undo: false, now },
                Err(problem),
            )
        }
        Err(Failure::Unknown(problem)) => {
            // It must not be done again under this key: its answer stays "unknown".
            (settle(token, problem.status(), problem.body(&context.request.request_id)), Err(problem))
        }
    };
    // The points have moved or not by now, whatever becomes of the record: the lease and the upstream key keep a
    // lost one from paying twice.
    if context.shell.store(op).await.is_err() {
        context.shell.log("the outcome of a write could not be stored");
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p30_who_asks_for_what_takes_long_waits_longer() {
        let after = |taken: i64| patience(1_000_000 + LEASE_MS, 1_000_000 + taken);
        assert_eq!([after(0), after(1_999), after(4_000), after(12_000)], [1, 1, 2, 6]);
        assert_eq!([after(59_999), patience(i64::MAX, 0), patience(i64::MIN, i64::MAX)], [10, 1, 10]);
    }
}
