//! Earning by a named action: the policy says how much, the store says how often, the key says once (P5, P27, P30-P32).

use crate::caller::Caller;
use crate::canonical::fingerprint;
use crate::effect::Auth;
use crate::flow::{Context, Reply};
use crate::keys::{Business, upstream_key};
use crate::once::{self, Failure, Once};
use crate::policy::{Action, is_action_parameter};
use crate::problem::Problem;
use crate::store::Claim;
use crate::upstream::Outcome;
use crate::{idempotency, own, payload};
use loyalty_contract::{ErrorCode, Operation};
use serde_json::{Value, json};

/// How often a payment of unknown outcome is sent, and how long to wait before each repeat.
const REPEATS_MS: [u32; 2] = [200, 600];
const DAY_MS: i64 = 86_400_000;

/// What a key that upstream knows already means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duplicate {
    /// The key is ours: the payment that has it is this one.
    IsOurs,
    /// The key is the caller's: a refusal, unless we have sent it before in this call.
    IsRefused,
}

/// A claim that an action was done.
pub(crate) struct Deed<'a> {
    /// The action.
    pub(crate) name: &'a str,
    /// What is claimed, checked: `subject`, `parameters`.
    pub(crate) payload: &'a Value,
    /// The claimer's key: the same on every repeat.
    pub(crate) key: &'a str,
}

/// `POST /actions/{name}`
pub(crate) async fn earn(context: &Context, caller: &Caller, name: &str) -> Result<Reply, Problem> {
    let endpoint = Operation::Earn.endpoint();
    let params = [("action", name.to_owned())];
    let payload =
        payload::assemble(endpoint, &params, context.request.split().1, Some(context.body().await?))?;
    let key = idempotency::required(context.request.idempotency_key.as_deref())?;
    claim(context, caller, Deed { name, payload: &payload, key: &key }).await
}

/// Pays for a deed, once.
pub(crate) async fn claim(context: &Context, caller: &Caller, deed: Deed<'_>) -> Result<Reply, Problem> {
    let Deed { name, payload, key } = deed;
    let endpoint = Operation::Earn.endpoint();
    let action = context
        .config
        .policy
        .action(name)
        .ok_or_else(|| Problem::new(ErrorCode::NotFound, "the policy has no such action"))?;
    let subject = payload.get("subject").and_then(Value::as_str);
    let parameters = payload.get("parameters").filter(|parameters| !parameters.is_null());
    check_parameters(parameters)?;
    if action.per_subject.is_some() && subject.is_none() {
        return Err(Problem::argument("subject", "REQUIRED", "is required: this action counts by it"));
    }
    let operation = format!("earn:{name}");
    let mut once = Once::new(context, caller, &operation, payload, key, true);
    if let Some(once) = &mut once {
        once.claims = claims(context, caller, name, action, subject, key);
    } else {
        return Err(Problem::new(
            ErrorCode::PermissionDenied,
            "an action pays the member that the token names",
        ));
    }
    context.trail.note("amount", json!(action.amount));
    once::run(context, once, async |since| {
        let own = own::account(context, caller).await.map_err(Failure::Refused)?;
        if let Some(hook) = &action.confirm {
            let subject = subject.map(str::to_owned);
            if !context.shell.confirm(hook, caller, subject, parameters.cloned()).await {
                let denied = "the proxy could not confirm that this was done";
                return Err(Failure::Refused(Problem::new(ErrorCode::PermissionDenied, denied)));
            }
        }
        let business = Business::of(action, subject, since, key);
        let upstream_key = upstream_key(&context.config.site_id, &own.id, name, business);
        let request = request(action, &own.id, upstream_key.as_str());
        context.intend(&request).await.map_err(Failure::Refused)?;
        let (value, consistent) =
            pay(context, &request, Duplicate::IsOurs).await.map_err(not_the_pages_fault)?;
        Ok(context.shown(caller, endpoint, &value, consistent))
    })
    .await
}

/// What goes up: every field from the policy or derived.
fn request(action: &Action, account: &str, key: &str) -> Value {
    let mut request = json!({
        "accountId": account,
        "amount": action.amount,
        "description": action.description,
        "appId": action.app_id,
        "idempotencyKey": key,
    });
    if let (Some(kind), Some(map)) = (&action.activity_type, request.as_object_mut()) {
        map.insert("activityType".to_owned(), json!(kind));
    }
    request
}

/// Parameters are for the hook: an object of harmless keys.
fn check_parameters(parameters: Option<&Value>) -> Result<(), Problem> {
    let Some(parameters) = parameters else { return Ok(()) };
    let Some(map) = parameters.as_object() else {
        return Err(Problem::argument("parameters", "TYPE", "must be an object"));
    };
    for (key, value) in map {
        if !is_action_parameter(key) || value.is_object() || value.is_array() {
            let field = format!("parameters.{key}");
            return Err(Problem::argument(&field, "NOT_ALLOWED", "is not a plain value under a plain name"));
        }
    }
    Ok(())
}

/// What a claim of the action counts against: the business limit first, for its refusal says more.
fn claims(
    context: &Context,
    caller: &Caller,
    name: &str,
    action: &Action,
    subject: Option<&str>,
    key: &str,
) -> Vec<Claim> {
    let now = context.shell.now();
    let site = context.config.site_id.as_str();
    let who = caller.subject().unwrap_or_default();
    let day = now.utc_day();
    let business = format!("{:?}", Business::of(action, subject, now, key));
    let id = fingerprint(&["claim", site, &who, name, &business]);
    let counter = |parts: &[&str]| fingerprint(&[&["counter", site, &who], parts].concat());
    let day_text = day.to_string();
    let end_of_day = Some((day + 1) * DAY_MS);
    let mut claims = Vec::new();
    if let (Some(max), Some(subject)) = (action.per_subject, subject) {
        let counter = counter(&["subject", name, subject]);
        claims.push(Claim { counter, id: id.clone(), amount: 1, max: i64::from(max), expires_at: None });
    }
    let max = i64::from(action.per_member_per_day);
    let counter_of_day = counter(&["day", name, &day_text]);
    claims.push(Claim { counter: counter_of_day, id: id.clone(), amount: 1, max, expires_at: end_of_day });
    if let Some(max) = context.config.policy.limits.member_points_per_day {
        let counter = counter(&["points", &day_text]);
        claims.push(Claim { counter, id, amount: action.amount, max, expires_at: end_of_day });
    }
    claims
}

/// The proxy made the payment up: what upstream dislikes about its fields is not for the page to mend.
fn not_the_pages_fault(failure: Failure) -> Failure {
    match failure {
        Failure::Refused(problem)
            if matches!(problem.code, ErrorCode::InvalidArgument | ErrorCode::NotFound) =>
        {
            let text = "the loyalty service refused the payment as the policy words it; nothing was paid";
            Failure::Refused(Problem::new(ErrorCode::UpstreamError, text).retryable(false))
        }
        failure => failure,
    }
}

/// Pays by the key in the payload, exactly once: the same request again while the outcome is unknown, then a look
/// at the transactions. Never "not found, so not applied".
pub(crate) async fn pay(
    context: &Context,
    payload: &Value,
    duplicate: Duplicate,
) -> Result<(Value, Option<String>), Failure> {
    let endpoint = Operation::EarnPoints.endpoint();
    let mut outcome = context.send(endpoint, payload, Auth::Credential).await;
    let mut repeated = false;
    for wait in REPEATS_MS {
        if !matches!(outcome, Outcome::Unknown(_)) {
            break;
        }
        context.shell.wait(wait).await;
        repeated = true;
        outcome = match context.send(endpoint, payload, Auth::Credential).await {
            // A refusal of the repeat says nothing about the attempt before it.
            Outcome::Refused(problem) if problem.code != ErrorCode::TransactionAlreadyExists => {
                Outcome::Unknown(problem)
            }
            outcome => outcome,
        };
    }
    let known = match outcome {
        Outcome::Done { value, consistent } => return checked(context, payload, value, consistent),
        Outcome::Refused(problem) => {
            let ours = repeated || duplicate == Duplicate::IsOurs;
            if problem.code != ErrorCode::TransactionAlreadyExists || !ours {
                return Err(Failure::Refused(problem));
            }
            problem
        }
        Outcome::Unknown(problem) => problem,
    };
    reconcile(context, payload).await?.ok_or_else(|| Failure::Unknown(own::outcome_unknown(&known)))
}

/// An answer for another account than was asked for is none.
fn checked(
    context: &Context,
    payload: &Value,
    value: Value,
    consistent: Option<String>,
) -> Result<(Value, Option<String>), Failure> {
    let paid = value.pointer("/account/id").and_then(Value::as_str).unwrap_or_default();
    let asked = payload.get("accountId").and_then(Value::as_str).unwrap_or_default();
    if !paid.eq_ignore_ascii_case(asked) {
        context.shell.log("upstream answered a payment with another account");
        let problem = Problem::new(ErrorCode::UpstreamInvalid, "");
        return Err(Failure::Unknown(own::outcome_unknown(&problem)));
    }
    context.trail.note("transactionId", value.get("transactionId").cloned().unwrap_or_default());
    context.trail.note("after", value.pointer("/account/points/balance").cloned().unwrap_or_default());
    Ok((value, consistent))
}

/// Looks for the payment by account and key. `None` where it can't be seen, which proves nothing.
async fn reconcile(context: &Context, payload: &Value) -> Result<Option<(Value, Option<String>)>, Failure> {
    let (account, key) = (payload.get("accountId"), payload.get("idempotencyKey"));
    let filter = json!({ "accountId": account, "idempotencyKey": key });
    let query = Operation::QueryLoyaltyTransactions.endpoint();
    let page = json!({ "query": { "filter": filter, "cursorPaging": { "limit": 2 } } });
    let Ok((found, _)) = context.read(query, &page, Auth::Credential).await else { return Ok(None) };
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let transactions = found.get("loyaltyTransactions").and_then(Value::as_array).into_iter().flatten();
    let ours = transactions.into_iter().find(|transaction| {
        text(transaction.get("accountId")) == text(account)
            && transaction.get("idempotencyKey").and_then(Value::as_str) == key.and_then(Value::as_str)
    });
    let Some(transaction) = ours else { return Ok(None) };
    if transaction.get("amount").and_then(Value::as_i64) != payload.get("amount").and_then(Value::as_i64) {
        let text = "a transaction with this key exists, of another amount";
        return Err(Failure::Refused(Problem::new(ErrorCode::IdempotencyConflict, text)));
    }
    let get = Operation::GetAccount.endpoint();
    let Ok((account, consistent)) = context.read(get, &json!({ "id": account }), Auth::Credential).await
    else {
        return Ok(None);
    };
    let value = json!({ "account": account.get("account"), "transactionId": transaction.get("id") });
    context.shell.log("a payment of unknown outcome was found among the transactions");
    context.trail.note("transactionId", value.get("transactionId").cloned().unwrap_or_default());
    Ok(Some((value, consistent)))
}
