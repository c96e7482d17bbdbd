//! Calls of the caller's own account: the account is resolved from the verified token, never taken from the page (P3).

use crate::adjust::outcome_unknown;
use crate::answered::Answered;
use crate::caller::Caller;
use crate::effect::Auth;
use crate::flow::{Context, Reply};
use crate::once::{self, Failure, Once};
use crate::problem::Problem;
use crate::upstream::Outcome;
use crate::{idempotency, scope};
use loyalty_contract::endpoint::{Effect, Retry};
use loyalty_contract::{Endpoint, ErrorCode, Operation};
use serde_json::{Value, json};
use std::borrow::Cow;

/// The most pages of coupons that `my-coupons` gathers.
const MAX_COUPON_PAGES: usize = 10;

/// The caller's account.
pub(crate) struct Own {
    pub(crate) id: String,
    /// The answer that holds it: `{"account": …}`.
    answer: Answered,
}

impl Own {
    /// What a field of the account says.
    pub(crate) fn says(&self, field: &str) -> Option<Cow<'_, str>> {
        self.answer.says(&["account", field])
    }
}

/// Finds the caller's account: by member id, else by contact id.
pub(crate) async fn account(context: &Context, caller: &Caller) -> Result<Own, Problem> {
    let mut found = Err(Problem::new(ErrorCode::AccountNotFound, ErrorCode::AccountNotFound.doc().trim()));
    if caller.member_id.is_none() && caller.contact_id.is_none() && caller.has_upstream_token {
        found = my_account(context, caller).await;
    }
    for (field, id) in [("memberId", &caller.member_id), ("contactId", &caller.contact_id)] {
        let missing = matches!(&found, Err(problem) if problem.code == ErrorCode::AccountNotFound);
        if let (true, Some(id)) = (missing, id) {
            found = fetch_by(context, caller, field, id).await;
        }
    }
    checked(context, caller, found?)
}

/// An answer with the account that was given as the caller's, held against its ids.
pub(crate) fn checked(context: &Context, caller: &Caller, answer: Answered) -> Result<Own, Problem> {
    check_owner(context, caller, &answer)?;
    let id = answer.says(&["account", "id"]).unwrap_or_default().to_ascii_lowercase();
    context.trail.note("accountId", json!(id));
    Ok(Own { id, answer })
}

async fn fetch_by(context: &Context, caller: &Caller, field: &str, id: &str) -> Result<Answered, Problem> {
    let endpoint = Operation::GetAccountBySecondaryId.endpoint();
    found(context.read_own(caller, endpoint, &json!({ field: id }), Auth::Credential).await)
}

async fn my_account(context: &Context, caller: &Caller) -> Result<Answered, Problem> {
    debug_assert!(caller.has_upstream_token);
    let endpoint = Operation::GetCurrentMemberAccount.endpoint();
    found(context.read_own(caller, endpoint, &json!({}), Auth::Caller).await)
}

fn found(read: Result<(Answered, Option<String>), Problem>) -> Result<Answered, Problem> {
    match read {
        Ok((answer, _)) => Ok(answer),
        Err(problem) if problem.code == ErrorCode::NotFound => {
            Err(Problem::new(ErrorCode::AccountNotFound, ErrorCode::AccountNotFound.doc().trim()))
        }
        Err(problem) => Err(problem),
    }
}

/// An answer of one field. `json!` would copy what is in it.
fn alone(name: &str, value: impl Into<Value>) -> Value {
    Value::Object([(name.to_owned(), value.into())].into_iter().collect())
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}

/// Upstream was asked for this caller's account: what comes back has to be it.
fn check_owner(context: &Context, caller: &Caller, answer: &Answered) -> Result<(), Problem> {
    for (field, id) in [("memberId", &caller.member_id), ("contactId", &caller.contact_id)] {
        if let (Some(theirs), Some(ours)) = (answer.says(&["account", field]), id)
            && !theirs.eq_ignore_ascii_case(ours)
        {
            context.shell.log(format!("the account found has another {field} than the token"));
            return Err(Problem::new(ErrorCode::UpstreamInvalid, ErrorCode::UpstreamInvalid.doc().trim()));
        }
    }
    Ok(())
}

/// Carries out a call whose grant reaches only the caller's own account.
pub(crate) async fn call(
    context: &Context,
    caller: &Caller,
    endpoint: &'static Endpoint,
    payload: &Value,
) -> Result<Reply, Problem> {
    match endpoint.operation {
        Operation::GetCurrentMemberAccount => {
            let answer = if caller.has_upstream_token {
                let answer = my_account(context, caller).await?;
                check_owner(context, caller, &answer)?;
                answer
            } else {
                account(context, caller).await?.answer
            };
            Ok(shown(context, caller, endpoint, answer))
        }
        Operation::GetAccount => {
            let own = account(context, caller).await.map_err(hide)?;
            if !is(payload, "id", &own.id) {
                return Err(Problem::not_found());
            }
            Ok(shown(context, caller, endpoint, own.answer))
        }
        Operation::GetAccountBySecondaryId => {
            let own = account(context, caller).await.map_err(hide)?;
            let same = ["contactId", "memberId"].iter().all(|field| match text(payload, field) {
                Some(asked) => own.says(field).is_some_and(|id| id.eq_ignore_ascii_case(asked)),
                None => true,
            });
            if !same {
                return Err(Problem::not_found());
            }
            Ok(shown(context, caller, endpoint, own.answer))
        }
        Operation::GetLoyaltyTransaction => {
            let own = account(context, caller).await.map_err(hide)?;
            let (answer, consistent) =
                context.read(endpoint, payload, Auth::Credential).await.map_err(hide)?;
            let theirs = answer.says(&["loyaltyTransaction", "accountId"]);
            if !theirs.is_some_and(|id| id.eq_ignore_ascii_case(&own.id)) {
                return Err(Problem::not_found());
            }
            Ok(context.shown(caller, endpoint, answer, consistent))
        }
        Operation::QueryLoyaltyTransactions => {
            page(context, caller, endpoint, payload, "loyaltyTransactions").await
        }
        Operation::QueryLoyaltyCoupons => page(context, caller, endpoint, payload, "loyaltyCoupons").await,
        Operation::GetCurrentMemberCoupons => my_coupons(context, caller, endpoint).await,
        Operation::RedeemPointsForCoupon | Operation::RedeemCurrentMemberPointsForCoupon => {
            redeem(context, caller, endpoint, payload).await
        }
        // No other operation can be granted for the own account; a policy that got here all the same is refused.
        _ => Err(Problem::new(ErrorCode::PermissionDenied, "this can't be narrowed to the own account")),
    }
}

/// The account as the answer of a method. Whatever else came with it goes to nobody, whose own account it is.
fn shown(context: &Context, caller: &Caller, endpoint: &'static Endpoint, answer: Answered) -> Reply {
    // A customer gets nothing that the record doesn't name, and it names nothing else.
    let answer = if caller.role.is_customer() { answer } else { only_account(answer) };
    context.shown(caller, endpoint, answer, None)
}

fn only_account(answer: Answered) -> Answered {
    let mut value = answer.into_value();
    let account = value.get_mut("account").map(Value::take).unwrap_or_default();
    account_answer(account)
}

/// An answer that holds an account.
pub(crate) fn account_answer(account: Value) -> Answered {
    Answered::made(Operation::GetAccount.endpoint().response, alone("account", account))
}

fn is(payload: &Value, field: &str, id: &str) -> bool {
    text(payload, field).is_some_and(|asked| asked.eq_ignore_ascii_case(id))
}

/// What isn't there and what isn't the caller's look alike.
fn hide(problem: Problem) -> Problem {
    match problem.code {
        ErrorCode::NotFound | ErrorCode::AccountNotFound => Problem::not_found(),
        _ => problem,
    }
}

async fn page(
    context: &Context,
    caller: &Caller,
    endpoint: &'static Endpoint,
    payload: &Value,
    list: &str,
) -> Result<Reply, Problem> {
    let own = account(context, caller).await?;
    let narrowed = scope::query(endpoint, payload, &own.id)?;
    let (answer, consistent) = context.read(endpoint, &narrowed, Auth::Credential).await?;
    if scope::foreign(answer.look(), list, &own.id) {
        context.shell.log(format!("{}: a page held another account's items and was withheld", endpoint.name));
        return Err(scope::not_own());
    }
    Ok(context.shown(caller, endpoint, answer, consistent))
}

async fn my_coupons(
    context: &Context,
    caller: &Caller,
    endpoint: &'static Endpoint,
) -> Result<Reply, Problem> {
    if caller.has_upstream_token {
        let (answer, consistent) = context.read(endpoint, &json!({}), Auth::Caller).await?;
        return Ok(context.shown(caller, endpoint, answer, consistent));
    }
    let own = account(context, caller).await?;
    let query = Operation::QueryLoyaltyCoupons.endpoint();
    let mut payload =
        json!({ "query": { "filter": { "accountId": own.id }, "cursorPaging": { "limit": 100 } } });
    let mut coupons = Vec::new();
    for _ in 0..MAX_COUPON_PAGES {
        let (answer, _) = context.read(query, &payload, Auth::Credential).await?;
        if scope::foreign(answer.look(), "loyaltyCoupons", &own.id) {
            return Err(scope::not_own());
        }
        let mut value = answer.into_value();
        if let Some(Value::Array(items)) = value.get_mut("loyaltyCoupons").map(Value::take) {
            coupons.extend(items);
        }
        match value.pointer("/metadata/cursors/next").and_then(Value::as_str).filter(|next| !next.is_empty())
        {
            Some(next) => payload = json!({ "query": { "cursorPaging": { "limit": 100, "cursor": next } } }),
            None => break,
        }
    }
    let answer = Answered::made(endpoint.response, alone("loyaltyCoupons", coupons));
    Ok(context.shown(caller, endpoint, answer, None))
}

async fn redeem(
    context: &Context,
    caller: &Caller,
    endpoint: &'static Endpoint,
    payload: &Value,
) -> Result<Reply, Problem> {
    let key = idempotency::required(context.request.idempotency_key.as_deref())?;
    let once = Once::for_call(context, caller, endpoint, payload, &key);
    once::run(context, once, async |_| {
        let mine = endpoint.operation == Operation::RedeemCurrentMemberPointsForCoupon;
        if mine && caller.has_upstream_token {
            let (answer, consistent) = write(context, endpoint, payload, Auth::Caller).await?;
            return Ok(context.shown(caller, endpoint, answer, consistent));
        }
        let own = account(context, caller).await.map_err(Failure::Refused)?;
        if !mine && !is(payload, "loyaltyAccountId", &own.id) {
            return Err(Failure::Refused(Problem::not_found()));
        }
        let redeem = Operation::RedeemPointsForCoupon.endpoint();
        let forced = json!({ "rewardId": payload.get("rewardId"), "loyaltyAccountId": own.id });
        let (answer, consistent) = write(context, redeem, &forced, Auth::Credential).await?;
        Ok(context.shown(caller, endpoint, answer, consistent))
    })
    .await
}

/// A call upstream that changes something. What carries a key in its body is sent again when the outcome is unknown.
pub(crate) async fn write(
    context: &Context,
    endpoint: &'static Endpoint,
    payload: &Value,
    auth: Auth,
) -> Result<(Answered, Option<String>), Failure> {
    context.intend(payload).await.map_err(Failure::Refused)?;
    if endpoint.effect == Effect::Write(Retry::BodyKey) {
        return crate::earn::pay(context, payload, crate::earn::Duplicate::IsRefused).await;
    }
    let outcome = context.send(endpoint, payload, auth).await;
    context.forget(endpoint.operation, payload).await;
    match outcome {
        Outcome::Done { answer, consistent } => Ok((answer, consistent)),
        Outcome::Refused(problem) => Err(Failure::Refused(problem)),
        Outcome::Unknown(problem) => Err(Failure::Unknown(outcome_unknown(endpoint, payload, &problem))),
    }
}
