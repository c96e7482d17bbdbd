//! How many calls a minute: of one caller, and upstream in all (P24, P25).

use crate::caller::Caller;
use crate::canonical::fingerprint;
use crate::flow::Context;
use crate::keys::shard;
use crate::problem::Problem;
use crate::store::{StoreOp, StoreReply, Window};
use loyalty_contract::ErrorCode;

const MINUTE_MS: i64 = 60_000;

/// Counts a call of this caller. Visitors can't be told apart, so they share the upstream budget only.
pub(crate) async fn caller(context: &Context, caller: &Caller) -> Result<(), Problem> {
    let (Some(max), Some(subject)) = (context.config.policy.limits.caller_per_minute, caller.subject())
    else {
        return Ok(());
    };
    hit(context, &subject, &["caller", &subject], max, "too many calls").await
}

/// Counts a call upstream.
pub(crate) async fn upstream(context: &Context) -> Result<(), Problem> {
    let Some(max) = context.config.policy.limits.upstream_per_minute else { return Ok(()) };
    hit(context, "upstream", &["upstream"], max, "too many calls of all callers together").await
}

async fn hit(context: &Context, whose: &str, what: &[&str], max: u32, text: &str) -> Result<(), Problem> {
    let shard = shard(&context.config.site_id, whose);
    let now = context.shell.now().0;
    let window = now.div_euclid(MINUTE_MS);
    let window_text = window.to_string();
    let counter = fingerprint(&[&["rate", &context.config.site_id, &window_text], what].concat());
    let expires_at = (window + 1) * MINUTE_MS;
    match context
        .shell
        .store(StoreOp::Hit { windows: vec![Window { shard, counter, max, expires_at }], now })
        .await?
    {
        StoreReply::Ok { .. } => Ok(()),
        StoreReply::Limit { .. } => {
            let wait = (expires_at - now).max(1).div_euclid(1_000) + 1;
            Err(Problem::new(ErrorCode::RateLimited, format!("{text} in this minute")).retry_after(wait))
        }
        _ => Err(context.shell.broken("the store answered hit with another operation's reply")),
    }
}
