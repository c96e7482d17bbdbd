//! What the developer's own backend orders, without a page and without HTTP: points for an order that was paid, and
//! their reversal when it is refunded. Under the same caps, keys and records as a member's own earns.

use crate::caller::{Caller, Role};
use crate::canonical::fingerprint;
use crate::earn::{self, Deed};
use crate::effect::Auth;
use crate::flow::{Context, Reply};
use crate::payee::Payee;
use crate::problem::Problem;
use crate::{idempotency, own, payload, reverse};
use loyalty_contract::guid::is_guid;
use loyalty_contract::{ErrorCode, Operation};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// What is ordered.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "order", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Order {
    /// Pay for an action.
    Earn {
        /// Whom.
        who: Who,
        /// The action's name.
        action: String,
        /// What it was done to.
        #[serde(default)]
        subject: Option<Value>,
        /// What else is known of it.
        #[serde(default)]
        parameters: Option<Value>,
        /// The same on every repeat; by the subject where it is missing.
        #[serde(default)]
        idempotency_key: Option<Value>,
    },
    /// Take back what a transaction gave.
    Reverse {
        /// The transaction.
        transaction_id: Value,
        /// For the transaction that takes it back.
        reason: Value,
        /// Where the balance is smaller by now, take what is left instead of nothing.
        #[serde(default)]
        take_what_is_left: bool,
    },
}

/// An account, by one of its three ids.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Who {
    /// The site member's.
    pub member_id: Option<Value>,
    /// The contact's.
    pub contact_id: Option<Value>,
    /// Its own.
    pub account_id: Option<Value>,
}

/// Carries an order out.
pub(crate) async fn carry_out(context: &Context, order: Order) -> Result<Reply, Problem> {
    context.trail.somebody(json!({ "role": "backend" }));
    match order {
        Order::Earn { who, action, subject, parameters, idempotency_key } => {
            context.trail.operation(Operation::Earn, Some(&action));
            let mut body = Map::new();
            body.extend(subject.filter(|it| !it.is_null()).map(|it| ("subject".to_owned(), it)));
            body.extend(parameters.filter(|it| !it.is_null()).map(|it| ("parameters".to_owned(), it)));
            let params = [("action", action.clone())];
            let payload = payload::assemble(Operation::Earn.endpoint(), &params, None, Some(body))?;
            let key = key(&action, &payload, idempotency_key.as_ref())?;
            // What is wrong with the order is told before an account is made for it.
            let (rules, _) = earn::validate(context, &action, &payload)?;
            let (caller, payee) = payee(context, &who, context.config.policy.enrols_by(rules)).await?;
            let deed = Deed { name: &action, payload: &payload, key: &key, is_proven: true };
            earn::claim(context, &caller, payee, deed).await
        }
        Order::Reverse { transaction_id, reason, take_what_is_left } => {
            context.trail.route("reverse");
            reverse::reverse(context, &transaction_id, &reason, take_what_is_left).await
        }
    }
}

/// The key: the one that is given, else one that is made of action and subject. Without either, every repeat would pay.
fn key(action: &str, payload: &Value, given: Option<&Value>) -> Result<String, Problem> {
    let subject = payload.get("subject").and_then(Value::as_str);
    match (given.filter(|given| !given.is_null()), subject) {
        (Some(given), _) => {
            let text = given.as_str().unwrap_or_default();
            idempotency::required(Some(text)).map_err(|_| {
                Problem::argument("idempotencyKey", "FORMAT", "must be 1 to 128 of A-Z a-z 0-9 _ -")
            })
        }
        (None, Some(subject)) => Ok(fingerprint(&["order key", action, subject])),
        (None, None) => Err(Problem::argument(
            "idempotencyKey",
            "REQUIRED",
            "is required where no subject tells one deed from the next: a repeat must not pay again",
        )),
    }
}

/// Stands for the account's owner, by the ids that are known; caps count what pages claimed too.
async fn payee(context: &Context, who: &Who, enrols: bool) -> Result<(Caller, Payee), Problem> {
    let ids = [("memberId", &who.member_id), ("contactId", &who.contact_id), ("accountId", &who.account_id)];
    let given: Vec<(&str, &Value)> = ids
        .into_iter()
        .filter_map(|(name, id)| Some((name, id.as_ref().filter(|id| !id.is_null())?)))
        .collect();
    let [(name, id)] = given.as_slice() else {
        return Err(Problem::argument("who", "ONE_OF", "takes one of memberId, contactId and accountId"));
    };
    let Some(id) = id.as_str().filter(|id| is_guid(id)) else {
        return Err(Problem::argument(&format!("who.{name}"), "FORMAT", "is not a GUID"));
    };
    let mut caller = Caller { role: Role::Member, ..Caller::visitor() };
    let payee = match *name {
        "accountId" => {
            let get = Operation::GetAccount.endpoint();
            let (answer, _) = context.read(get, &json!({ "id": id }), Auth::Credential).await?;
            let text = |field: &str| answer.says(&["account", field]);
            if !text("id").is_some_and(|found| found.eq_ignore_ascii_case(id)) {
                context.shell.log("upstream answered with another account than was asked for");
                return Err(Problem::new(
                    ErrorCode::UpstreamInvalid,
                    ErrorCode::UpstreamInvalid.doc().trim(),
                ));
            }
            caller.member_id = text("memberId").map(Cow::into_owned);
            Payee::owner(context, own::checked(context, &caller, answer)?)?
        }
        name => {
            let field = if name == "memberId" { &mut caller.member_id } else { &mut caller.contact_id };
            *field = Some(id.to_owned());
            Payee::of(context, &caller, enrols).await?
        }
    };
    caller.contact_id = Some(payee.contact().to_owned());
    let mut named = json!(caller);
    if let Some(map) = named.as_object_mut() {
        map.insert("role".to_owned(), json!("backend"));
    }
    context.trail.somebody(named);
    context.shell.set_caller(caller.clone());
    Ok((caller, payee))
}
