//! Bulk adjustments: never of everything, never of more than the policy allows (P9).

use crate::canonical::fingerprint;
use crate::effect::Auth;
use crate::flow::Context;
use crate::keys::shard;
use crate::problem::Problem;
use crate::store::{StoreOp, StoreReply, Window};
use crate::twin::Twin;
use loyalty_contract::{ErrorCode, Operation, Timestamp};
use serde_json::{Map, Value, json};

const DAY_MS: i64 = 86_400_000;

/// Counts first what a bulk adjustment would change.
pub(crate) async fn check(context: &Context, payload: &Value) -> Result<(), Problem> {
    let limits = &context.config.policy.limits;
    for field in ["amount", "balance"] {
        let points = payload.get(field).and_then(Value::as_i64).map(i64::saturating_abs);
        if let (Some(points), Some(max)) = (points, limits.bulk_points)
            && points > max
        {
            let text =
                format!("is over the {max} points that the policy allows a bulk call for each account");
            return Err(Problem::argument(field, "MAX", &text));
        }
    }
    let search = payload.get("search");
    let filter = search
        .and_then(|search| search.get("filter"))
        .filter(|filter| filter.as_object().is_some_and(|map| !map.is_empty()));
    let words = search.and_then(|search| search.get("search")).filter(|words| {
        words.get("expression").and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty())
    });
    if filter.is_none() && words.is_none() {
        return Err(Problem::argument(
            "search",
            "REQUIRED",
            "needs a filter or words: not every account at once",
        ));
    }
    let mut count = Map::new();
    for (name, part) in [("filter", filter), ("search", words)] {
        if let Some(part) = part {
            count.insert(name.to_owned(), part.clone());
        }
    }
    let endpoint = Operation::CountAccounts.endpoint();
    let (answer, _) = context.read(endpoint, &Value::Object(count), Auth::Credential).await?;
    let matches = answer.part(&["count"]).as_i64().unwrap_or(i64::MAX);
    let max = i64::from(limits.bulk_accounts);
    context.trail.note("accounts", json!(matches));
    if matches > max {
        let text = format!("this would change {matches} accounts, and the policy allows {max}");
        return Err(Problem::new(ErrorCode::LimitReached, text));
    }
    if let Some(max) = limits.bulk_per_day {
        once_more(context, max).await?;
    }
    Ok(())
}

/// Counts a bulk call of the day, of all admins together: what one account after the other can do, it does to many.
async fn once_more(context: &Context, max: u32) -> Result<(), Problem> {
    let now = context.shell.now();
    let day = now.utc_day();
    let site = context.config.site_id.as_str();
    let window = Window {
        shard: shard(site, "bulk"),
        counter: fingerprint(&["bulk", site, &day.to_string()]),
        max,
        expires_at: (day + 1) * DAY_MS,
    };
    let expires_at = window.expires_at;
    match context.shell.store(StoreOp::Hit { windows: vec![Twin::new(window)], now: now.0 }).await? {
        StoreReply::Ok { .. } => Ok(()),
        StoreReply::Limit { .. } => {
            let text = format!("the policy allows {max} bulk calls a day");
            let mut problem = Problem::new(ErrorCode::LimitReached, text);
            problem.retry_at = Some(Timestamp(expires_at));
            Err(problem)
        }
        _ => Err(context.shell.broken("the store answered hit with another operation's reply")),
    }
}
