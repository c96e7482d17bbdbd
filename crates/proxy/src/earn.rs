//! Earning by a named action: the policy says how much, the store says how often, the key says once (P5, P27, P30-P32).

use crate::adjust::outcome_unknown;
use crate::answered::Answered;
use crate::caller::Caller;
use crate::canonical::fingerprint;
use crate::effect::Auth;
use crate::flow::{Context, Reply};
use crate::keys::{Business, upstream_key};
use crate::once::{self, Failure, Once};
use crate::payee::Payee;
use crate::policy::{Action, Amount, KeyPart, is_parameter, plain};
use crate::problem::Problem;
use crate::store::Claim;
use crate::upstream::Outcome;
use crate::{first, idempotency, payload};
use loyalty_contract::{ErrorCode, Operation, Timestamp};
use serde_json::{Map, Value, json};

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
    /// Whether the developer's own backend says so: then no hook is asked.
    pub(crate) is_proven: bool,
}

/// The same, held against the policy.
pub(crate) struct Checked<'a> {
    pub(crate) name: &'a str,
    pub(crate) action: &'a Action,
    pub(crate) amount: i64,
    pub(crate) subject: Option<&'a str>,
    parameters: Option<&'a Value>,
    key: &'a str,
    is_proven: bool,
}

impl<'a> Checked<'a> {
    pub(crate) fn of(context: &'a Context, deed: &Deed<'a>) -> Result<Self, Problem> {
        let Deed { name, payload, key, is_proven } = *deed;
        let (action, amount) = validate(context, name, payload)?;
        let subject = payload.get("subject").and_then(Value::as_str);
        let parameters = payload.get("parameters").filter(|parameters| !parameters.is_null());
        Ok(Self { name, action, amount, subject, parameters, key, is_proven })
    }

    /// What tells this payment from the next.
    fn business(&self, now: Timestamp) -> Business<'_> {
        let of = if self.is_proven { Business::of_order } else { Business::of };
        of(self.action, self.subject, self.parameters, now, self.key)
    }
}

/// `POST /actions/{name}`
pub(crate) async fn earn(context: &Context, caller: &Caller, name: &str) -> Result<Reply, Problem> {
    let payload = claimed(context, caller, name).await?;
    let key = idempotency::required(context.request.idempotency_key.as_deref())?;
    let (action, _) = validate(context, name, &payload)?;
    let payee = Payee::of(context, caller, context.config.policy.enrols_by(action)).await?;
    claim(context, caller, payee, Deed { name, payload: &payload, key: &key, is_proven: false }).await
}

/// What a page claims, held against the policy and the token.
pub(crate) async fn claimed(context: &Context, caller: &Caller, name: &str) -> Result<Value, Problem> {
    let endpoint = Operation::Earn.endpoint();
    let params = [("action", name.to_owned())];
    let payload =
        payload::assemble(endpoint, &params, context.request.split().1, Some(context.body().await?))?;
    let mask = context.config.policy.mask(caller.role, endpoint.operation);
    let masked = mask.map(|mask| mask.refused(endpoint, &payload)).unwrap_or_default();
    if !masked.is_empty() {
        return Err(payload::masked(masked));
    }
    // A backend that pays needs no token: it knows its members.
    let action = context.config.policy.action(name);
    if let Some(claim) = action.and_then(|action| action.unmet(&caller.claims)) {
        context.shell.log(format!("earn:{name} refused: the claim {claim} is not as the policy asks"));
        return Err(Problem::new(ErrorCode::PermissionDenied, "this action is for other members"));
    }
    Ok(payload)
}

/// The action, and the points that a claim of it comes to, if the claim says all that the policy asks.
pub(crate) fn validate<'a>(
    context: &'a Context,
    name: &str,
    payload: &Value,
) -> Result<(&'a Action, i64), Problem> {
    let action = context
        .config
        .policy
        .action(name)
        .ok_or_else(|| Problem::new(ErrorCode::NotFound, "the policy has no such action"))?;
    let subject = payload.get("subject").and_then(Value::as_str);
    let parameters = payload.get("parameters").filter(|parameters| !parameters.is_null());
    Ok((action, check(action, subject, parameters)?))
}

/// Pays for a deed, once.
pub(crate) async fn claim(
    context: &Context,
    caller: &Caller,
    payee: Payee,
    deed: Deed<'_>,
) -> Result<Reply, Problem> {
    let Deed { name, payload, key, is_proven } = deed;
    let endpoint = Operation::Earn.endpoint();
    let deed = Checked::of(context, &deed)?;
    let Checked { action, amount, subject, parameters, .. } = deed;
    let operation = format!("{}:{name}", if is_proven { "order" } else { "earn" });
    let who = payee.subject();
    // An answer is masked by role, so each role has answers of its own; what is claimed is one for all.
    let whose = format!("{}:{who}", caller.role.as_str());
    let mut once = Once::new(context, &who, &whose, &operation, payload, key, true);
    once.claims = claims(context, &who, &deed);
    context.trail.note("amount", json!(amount));
    once::run(context, Some(once), async |since| {
        if let Some(hook) = action.confirm.as_ref().filter(|_| !is_proven) {
            let subject = subject.map(str::to_owned);
            if !context.shell.confirm(hook, caller, subject, parameters.cloned()).await {
                let denied = "the proxy could not confirm that this was done";
                return Err(Failure::Refused(Problem::new(ErrorCode::PermissionDenied, denied)));
            }
        }
        // No account is made for what was not proven, or is another's already.
        let first = first::claim(context, &payee, &deed).await.map_err(Failure::Refused)?;
        let paid = pay_out(context, caller, payee, &deed, since).await;
        if let (Some(first), Err(Failure::Refused(_))) = (first, &paid) {
            first.give_back(context).await;
        }
        let (answer, consistent) = paid.map_err(not_the_pages_fault)?;
        Ok(context.shown(caller, endpoint, answer, consistent))
    })
    .await
}

/// Finds or makes the account, and pays into it.
async fn pay_out(
    context: &Context,
    caller: &Caller,
    payee: Payee,
    deed: &Checked<'_>,
    since: Timestamp,
) -> Result<(Answered, Option<String>), Failure> {
    let enrols = context.config.policy.enrols_by(deed.action);
    let own = payee.account(context, caller, enrols).await.map_err(Failure::Refused)?;
    let business = deed.business(since);
    let upstream_key = upstream_key(&context.config.site_id, &own.id, deed.name, &business);
    let request = request(deed, &own.id, upstream_key.as_str());
    context.intend(&request).await.map_err(Failure::Refused)?;
    pay(context, &request, Duplicate::IsOurs).await
}

/// What goes up: every field from the policy or derived.
fn request(deed: &Checked<'_>, account: &str, key: &str) -> Value {
    let Checked { action, amount, .. } = deed;
    let mut request = json!({
        "accountId": account,
        "amount": amount,
        "description": action.description,
        "appId": action.app_id,
        "idempotencyKey": key,
    });
    if let (Some(kind), Some(map)) = (&action.activity_type, request.as_object_mut()) {
        map.insert("activityType".to_owned(), json!(kind));
    }
    request
}

/// What the policy wants to be told, and the points that it comes to. Parameters are plain values under plain names:
/// they are for tables, keys and hooks.
fn check(action: &Action, subject: Option<&str>, parameters: Option<&Value>) -> Result<i64, Problem> {
    let empty = Map::new();
    let map = match parameters {
        None => &empty,
        Some(Value::Object(map)) => map,
        Some(_) => return Err(Problem::argument("parameters", "TYPE", "must be an object")),
    };
    for (key, value) in map {
        if !is_parameter(key) || value.is_object() || value.is_array() {
            let field = format!("parameters.{key}");
            return Err(Problem::argument(&field, "NOT_ALLOWED", "is not a plain value under a plain name"));
        }
    }
    if action.needs_subject() && subject.is_none() {
        return Err(Problem::argument("subject", "REQUIRED", "is required: this action counts by it"));
    }
    for name in action.needed_parameters() {
        if map.get(name).and_then(plain).is_none() {
            let field = format!("parameters.{name}");
            return Err(Problem::argument(
                &field,
                "REQUIRED",
                "is required: this action pays or counts by it",
            ));
        }
    }
    match &action.amount {
        Amount::Fixed(amount) => Ok(*amount),
        Amount::Table { by, values } => {
            let said = map.get(by).and_then(plain).unwrap_or_default();
            values.get(&said).copied().ok_or_else(|| {
                let known = values.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                let text = format!("is not in the policy's table; there are {known}");
                Problem::argument(&format!("parameters.{by}"), "UNSUPPORTED", &text)
            })
        }
    }
}

/// What a claim of the action counts against. Where several are reached the store tells of the one that ends last, so
/// `retryAt` is the time from which nothing stands in the way.
pub(crate) fn claims(context: &Context, who: &str, deed: &Checked<'_>) -> Vec<Claim> {
    let Checked { name, action, amount, subject, parameters, key, is_proven } = *deed;
    let now = context.shell.now();
    let site = context.config.site_id.as_str();
    let day = now.utc_day();
    let business = deed.business(now);
    let (kind, value) = business.parts();
    let id = fingerprint(&["claim", site, who, name, kind, &value]);
    let day_text = day.to_string();
    let end_of_day = Some((day + 1) * DAY_MS);
    let mut claims = Vec::new();
    let mut count = |owner: &str, parts: &[&str], amount: i64, max: i64, expires_at: Option<i64>| {
        let counter = fingerprint(&[&["counter", site, owner], parts].concat());
        claims.push(Claim { counter, id: id.clone(), amount, max, expires_at });
    };
    let limit = &action.limit;
    if let (Some(max), Some(subject)) = (limit.per_subject, subject) {
        count(who, &["subject", name, subject], 1, max.into(), None);
    }
    if is_proven {
        // Without an end, as the record has one: a payment's webhook may come again after days.
        count(who, &["order", name, key], 1, 1, None);
    }
    if let Business::Named(value) = &Business::of(action, subject, parameters, now, key) {
        let end = end_of_day.filter(|_| action.key.contains(&KeyPart::Day));
        count(who, &["key", name, value], 1, 1, end);
    }
    count(who, &["day", name, &day_text], 1, limit.per_member_per_day.into(), end_of_day);
    if let Some(max) = context.config.policy.limits.member_points_per_day {
        count(who, &["points", &day_text], amount, max, end_of_day);
    }
    if let Some(seconds) = limit.cooldown_seconds {
        let end = now.0 + i64::from(seconds) * 1_000;
        count(who, &["cooldown", name], 1, 1, Some(end));
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
) -> Result<(Answered, Option<String>), Failure> {
    let paid = pay_once(context, payload, duplicate).await;
    context.forget(Operation::EarnPoints, payload).await;
    paid
}

async fn pay_once(
    context: &Context,
    payload: &Value,
    duplicate: Duplicate,
) -> Result<(Answered, Option<String>), Failure> {
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
        Outcome::Done { answer, consistent } => return checked(context, payload, answer, consistent),
        Outcome::Refused(problem) => {
            let ours = repeated || duplicate == Duplicate::IsOurs;
            if problem.code != ErrorCode::TransactionAlreadyExists || !ours {
                return Err(Failure::Refused(problem));
            }
            problem
        }
        Outcome::Unknown(problem) => problem,
    };
    reconcile(context, payload)
        .await?
        .ok_or_else(|| Failure::Unknown(outcome_unknown(endpoint, payload, &known)))
}

/// An answer for another account than was asked for is none.
fn checked(
    context: &Context,
    payload: &Value,
    answer: Answered,
    consistent: Option<String>,
) -> Result<(Answered, Option<String>), Failure> {
    let endpoint = Operation::EarnPoints.endpoint();
    let paid = answer.says(&["account", "id"]).unwrap_or_default();
    let asked = payload.get("accountId").and_then(Value::as_str).unwrap_or_default();
    if !paid.eq_ignore_ascii_case(asked) {
        context.shell.log("upstream answered a payment with another account");
        let problem = Problem::new(ErrorCode::UpstreamInvalid, "");
        return Err(Failure::Unknown(outcome_unknown(endpoint, payload, &problem)));
    }
    context.trail.note("transactionId", answer.part(&["transactionId"]));
    context.trail.note("after", answer.part(&["account", "points", "balance"]));
    Ok((answer, consistent))
}

/// Looks for the payment by account and key. `None` where it can't be seen, which proves nothing.
async fn reconcile(
    context: &Context,
    payload: &Value,
) -> Result<Option<(Answered, Option<String>)>, Failure> {
    let (account, key) = (payload.get("accountId"), payload.get("idempotencyKey"));
    let filter = json!({ "accountId": account, "idempotencyKey": key });
    let query = Operation::QueryLoyaltyTransactions.endpoint();
    let page = json!({ "query": { "filter": filter, "cursorPaging": { "limit": 2 } } });
    let Ok((found, _)) = context.read(query, &page, Auth::Credential).await else { return Ok(None) };
    let found = found.into_value();
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
    let value = json!({ "account": account.part(&["account"]), "transactionId": transaction.get("id") });
    context.shell.log("a payment of unknown outcome was found among the transactions");
    context.trail.note("transactionId", value.get("transactionId").cloned().unwrap_or_default());
    Ok(Some((Answered::made(Operation::EarnPoints.endpoint().response, value), consistent)))
}
