//! Writes whose outcome has a rule of its own: an adjustment goes up with the revision it was decided on, and a lost
//! answer says where to look (P33).

use crate::answered::Answered;
use crate::effect::Auth;
use crate::flow::Context;
use crate::once::Failure;
use crate::own;
use crate::problem::Problem;
use loyalty_contract::{Endpoint, ErrorCode, Operation};
use serde_json::{Map, Value, json};

/// Adjusts an account. Where the caller names no revision the proxy reads it first: two people who press the button
/// at once then get one adjustment and one conflict, not two adjustments. A conflict is never tried again by itself:
/// whoever adjusts looks at the account as it is now, and decides anew.
pub(crate) async fn adjust(
    context: &Context,
    endpoint: &'static Endpoint,
    payload: &Value,
) -> Result<(Answered, Option<String>), Failure> {
    let mut payload = payload.clone();
    if payload.get("revision").is_none_or(Value::is_null) {
        let account = account(context, &payload).await.map_err(Failure::Refused)?;
        context.trail.note("before", account.pointer("/points/balance").cloned().unwrap_or_default());
        if let (Some(map), Some(revision)) = (payload.as_object_mut(), account.get("revision")) {
            map.insert("revision".to_owned(), revision.clone());
        }
    }
    match own::write(context, endpoint, &payload, Auth::Credential).await {
        Err(Failure::Refused(problem)) if problem.code == ErrorCode::RevisionConflict => {
            let fresh = account(context, &payload).await.ok();
            let revision = fresh.and_then(|account| account.get("revision").cloned());
            Err(Failure::Refused(match revision {
                Some(revision) => problem.with("revision", revision),
                None => problem,
            }))
        }
        result => result,
    }
}

async fn account(context: &Context, payload: &Value) -> Result<Value, Problem> {
    let asked = json!({ "id": payload.get("accountId") });
    let endpoint = Operation::GetAccount.endpoint();
    let (answer, _) = context.read(endpoint, &asked, Auth::Credential).await?;
    Ok(answer.part(&["account"]))
}

/// A write that nobody knows the outcome of, and which call shows it: in words, and as `ask` and `filter` for programs.
pub(crate) fn outcome_unknown(endpoint: &'static Endpoint, payload: &Value, problem: &Problem) -> Problem {
    let mut filter = Map::new();
    let mut copy = |name: &str, from: &str| {
        if let Some(value) = payload.get(from).filter(|value| !value.is_null()) {
            filter.insert(name.to_owned(), value.clone());
        }
    };
    let (ask, look) = match endpoint.operation {
        Operation::AdjustPoints => {
            copy("accountId", "accountId");
            copy("revision", "revision");
            ("getAccount", "read the account: if its revision is the one that was sent, nothing happened yet")
        }
        Operation::RedeemPointsForCoupon => {
            copy("accountId", "loyaltyAccountId");
            ("queryLoyaltyCoupons", "look at the account's coupons and balance before redeeming again")
        }
        Operation::RedeemCurrentMemberPointsForCoupon => {
            ("getCurrentMemberCoupons", "look at the coupons and the balance before redeeming again")
        }
        Operation::CreateAccount => {
            copy("contactId", "contactId");
            ("getAccountBySecondaryId", "ask for the contact's account before creating it again")
        }
        Operation::BulkAdjustPoints => (
            "searchAccounts",
            "search for the same accounts and look at their balances before adjusting again",
        ),
        _ => {
            copy("accountId", "accountId");
            copy("idempotencyKey", "idempotencyKey");
            ("queryLoyaltyTransactions", "look at the account's transactions before trying again")
        }
    };
    let code = problem.code.as_str();
    Problem::new(ErrorCode::OutcomeUnknown, format!("whether it happened is unknown ({code}): {look}"))
        .with("ask", json!(ask))
        .with("filter", Value::Object(filter))
}
