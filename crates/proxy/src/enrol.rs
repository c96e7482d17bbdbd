//! A member or contact without a loyalty account is a state and no error: where the policy says so, the first earn makes
//! the account before it pays. One contact has one account, however many ask at once and on however many machines: that
//! there is one already is as good as having made it.

use crate::caller::Caller;
use crate::canonical::fingerprint;
use crate::effect::Auth;
use crate::flow::Context;
use crate::own::{self, Own};
use crate::problem::Problem;
use crate::twin::Twin;
use crate::upstream::Outcome;
use loyalty_contract::guid::is_guid;
use loyalty_contract::{ErrorCode, Operation};
use serde_json::{Value, json};

/// The caller's account, made where there is none, the policy lets it and the caller names a contact.
pub(crate) async fn account(context: &Context, caller: &Caller, enrols: bool) -> Result<Own, Problem> {
    match own::account(context, caller).await {
        Err(problem) if problem.code == ErrorCode::AccountNotFound && enrols => enrol(context, caller).await,
        found => found,
    }
}

fn none(why: &str) -> Problem {
    Problem::new(ErrorCode::AccountNotFound, why)
}

async fn enrol(context: &Context, caller: &Caller) -> Result<Own, Problem> {
    let Some(contact) = caller.contact_id.as_deref().filter(|id| is_guid(id)) else {
        return Err(none(
            "there is no loyalty account yet, and none can be made: an account belongs to a contact, and the token \
             names none; let identify or resolve give contactId",
        ));
    };
    let contact = contact.to_ascii_lowercase();
    let key = Twin::new(fingerprint(&["enrol", &context.config.site_id, &contact]));
    // Somebody else of this process has just made it, or has found that it is there.
    let told = context.shell.recall(&key).await;
    let made = match told.as_deref().map(serde_json::from_str::<Value>) {
        Some(Ok(made)) => made,
        _ => {
            let made = create(context, &json!({ "contactId": contact })).await;
            let text = made.as_ref().ok().map(Value::to_string);
            context.shell.share(key, text, 0, Vec::new()).await;
            made?
        }
    };
    if made.is_object() {
        return own::checked(context, caller, own::account_answer(made));
    }
    match own::account(context, caller).await {
        Err(problem) if problem.code == ErrorCode::AccountNotFound => {
            let text = "the loyalty account was made, and can't be read yet; try again";
            Err(Problem::new(ErrorCode::Unavailable, text).retry_after(1))
        }
        found => found,
    }
}

/// Makes the account; `null` where there is one already. Sent again where the outcome is unknown: a second one can't be
/// made.
async fn create(context: &Context, payload: &Value) -> Result<Value, Problem> {
    let endpoint = Operation::CreateAccount.endpoint();
    context.trail.note("enrolled", json!(true));
    context.intend(payload).await?;
    let mut outcome = context.send(endpoint, payload, Auth::Credential).await;
    if let Outcome::Unknown(_) = outcome {
        context.shell.wait(200).await;
        outcome = context.send(endpoint, payload, Auth::Credential).await;
    }
    match outcome {
        Outcome::Done { answer, .. } => Ok(answer.part(&["account"])),
        Outcome::Refused(problem) if problem.code == ErrorCode::AlreadyExists => Ok(Value::Null),
        Outcome::Refused(problem) if problem.code == ErrorCode::NotFound => Err(none(
            "there is no loyalty account yet, and none can be made: the loyalty service knows no such contact",
        )),
        Outcome::Refused(problem) => Err(problem),
        // Nothing was paid, and the next attempt finds out.
        Outcome::Unknown(_) => {
            let text = "whether the loyalty account was made is unknown; try again";
            Err(Problem::new(ErrorCode::Unavailable, text).retry_after(1))
        }
    }
}
