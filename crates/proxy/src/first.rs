//! One member for each subject: the first to claim it. Members' claims are decided in places of their own, so what they
//! share is a value, written only where there is none.

use crate::canonical::fingerprint;
use crate::earn::Checked;
use crate::flow::Context;
use crate::payee::Payee;
use crate::problem::Problem;
use crate::store::{StoreOp, StoreReply};
use loyalty_contract::ErrorCode;

/// The end of the year 9999: for all time.
const FOREVER: i64 = 253_402_300_799_000;

/// A subject that is the payee's since this call.
pub(crate) struct First {
    key: String,
}

/// Takes the subject for the payee, or refuses. `None` where there was nothing to take: the action shares its subjects,
/// or an earlier attempt of the same member took it.
pub(crate) async fn claim(
    context: &Context,
    payee: &Payee,
    deed: &Checked<'_>,
) -> Result<Option<First>, Problem> {
    let Some((key, value)) = place(context, payee, deed) else { return Ok(None) };
    let now = context.shell.now().0;
    let put =
        StoreOp::Put { key: key.clone(), value: value.clone(), only_new: true, expires_at: FOREVER, now };
    match context.shell.store(put).await? {
        StoreReply::Ok { .. } => Ok(Some(First { key })),
        StoreReply::Exists => match context.shell.store(StoreOp::Get { key, now }).await? {
            StoreReply::Value { value: Some(held) } if held == value => Ok(None),
            StoreReply::Value { .. } => {
                Err(Problem::new(ErrorCode::LimitReached, "another member has claimed this already"))
            }
            _ => Err(context.shell.broken("the store answered get with another operation's reply")),
        },
        _ => Err(context.shell.broken("the store answered put with another operation's reply")),
    }
}

/// Whether the payee could take the subject now. Takes nothing.
pub(crate) async fn is_free(context: &Context, payee: &Payee, deed: &Checked<'_>) -> Result<bool, Problem> {
    let Some((key, value)) = place(context, payee, deed) else { return Ok(true) };
    match context.shell.store(StoreOp::Get { key, now: context.shell.now().0 }).await? {
        StoreReply::Value { value: held } => Ok(held.is_none_or(|held| held == value)),
        _ => Err(context.shell.broken("the store answered get with another operation's reply")),
    }
}

/// Where it is written whose the subject is, and what stands there for the payee. `None` where the action shares them.
fn place(context: &Context, payee: &Payee, deed: &Checked<'_>) -> Option<(String, String)> {
    let (true, Some(subject)) = (deed.action.limit.unique_subject, deed.subject) else { return None };
    let site = context.config.site_id.as_str();
    let key = fingerprint(&["first", site, deed.name, subject]);
    Some((key, fingerprint(&["first of", site, &payee.subject()])))
}

impl First {
    /// Nothing was paid: the subject is free again. Where even that fails it stays this member's, who can try again.
    pub(crate) async fn give_back(self, context: &Context) {
        let now = context.shell.now().0;
        if context.shell.store(StoreOp::Remove { key: self.key, now }).await.is_err() {
            context.shell.log("a subject that was not paid for stays claimed by its member");
        }
    }
}
