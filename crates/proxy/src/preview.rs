//! What an action would pay now, without paying it: for the button that says so, and for the one that is grey until
//! tomorrow.
//!
//! Caps are looked at by the operation that reserves, told to write nothing: what a look says is what a claim of that
//! moment would have met, and no claim is ever held up by a look.

use crate::caller::Caller;
use crate::canonical::fingerprint;
use crate::earn::{self, Checked, Deed};
use crate::first;
use crate::flow::{Context, Reply};
use crate::keys::shard;
use crate::payee::Payee;
use crate::problem::Problem;
use crate::store::{StoreOp, StoreReply};
use loyalty_contract::Timestamp;
use serde_json::{Map, Value, json};

/// `POST /actions/{name}/preview`. The hook that proves the deed is not asked: it was not done yet.
pub(crate) async fn preview(context: &Context, caller: &Caller, name: &str) -> Result<Reply, Problem> {
    let payload = earn::claimed(context, caller, name).await?;
    let key = context.request.request_id.as_str();
    let deed = Deed { name, payload: &payload, key, is_proven: false };
    let checked = Checked::of(context, &deed)?;
    let payee = Payee::of(context, caller, context.config.policy.enrols_by(checked.action)).await?;
    let standing = match first::is_free(context, &payee, &checked).await? {
        true => look(context, &payee.subject(), &checked).await?,
        false => Standing::Never,
    };
    let mut said = Map::new();
    said.insert("amount".to_owned(), json!(checked.amount));
    said.insert("payable".to_owned(), json!(standing == Standing::Free));
    said.insert("needsProof".to_owned(), json!(checked.action.confirm.is_some()));
    if let Standing::Until(end) = standing {
        said.insert("retryAt".to_owned(), json!(end.to_iso()));
    }
    Ok(Reply::ok(&Value::Object(said), None))
}

/// How an action's caps stand for a member.
#[derive(Debug, PartialEq)]
enum Standing {
    /// It would pay.
    Free,
    /// It would not, until then.
    Until(Timestamp),
    /// It would not, whenever it is claimed: this deed was paid, or is another's.
    Never,
}

async fn look(context: &Context, who: &str, deed: &Checked<'_>) -> Result<Standing, Problem> {
    let site = context.config.site_id.as_str();
    let id = context.request.request_id.clone();
    let now = context.shell.now().0;
    let reserve = StoreOp::Reserve {
        shard: shard(site, who),
        key: fingerprint(&["preview", site, who, &id]),
        fingerprint: String::new(),
        resume: false,
        lease_until: now,
        keep_until: now,
        claims: earn::claims(context, who, deed),
        look: true,
        now,
    };
    match context.shell.store(reserve).await? {
        StoreReply::Ok { .. } => Ok(Standing::Free),
        StoreReply::Limit { expires_at: Some(end), .. } => Ok(Standing::Until(Timestamp(end))),
        StoreReply::Limit { expires_at: None, .. } => Ok(Standing::Never),
        _ => Err(context.shell.broken("the store answered a look with another operation's reply")),
    }
}
