//! Whom a deed is paid to, whatever a token or an order calls him (P27).
//!
//! What counts is the contact of the account: each account has one, and no two share one. A token that names the
//! contact says it by itself; where it names the member alone, and where an order names the account, the account is
//! looked up. It is known before there is an account, so a claim can be refused without making one.

use crate::caller::Caller;
use crate::canonical::fingerprint;
use crate::enrol;
use crate::flow::Context;
use crate::own::Own;
use crate::problem::Problem;
use crate::twin::Twin;
use loyalty_contract::ErrorCode;

/// How long it is remembered which contact a member is: such a thing hardly ever changes, and who claims what he has had
/// already is to be told so without a call upstream each time.
const KEPT_MS: i64 = 600_000;

/// Somebody to be paid.
pub(crate) struct Payee {
    /// The contact's id, in lower case.
    contact: String,
    /// The account, where it was looked up to find the contact.
    own: Option<Own>,
}

impl Payee {
    /// The one that a caller is. `enrols` says whether an account may be made later on; none is made here.
    pub(crate) async fn of(context: &Context, caller: &Caller, enrols: bool) -> Result<Self, Problem> {
        if let Some(contact) = &caller.contact_id {
            return Ok(Self { contact: contact.to_ascii_lowercase(), own: None });
        }
        let Some(subject) = caller.subject() else {
            let text = "an action pays the member that the token names";
            return Err(Problem::new(ErrorCode::PermissionDenied, text));
        };
        let key = Twin::new(fingerprint(&["contact of", &context.config.site_id, &subject]));
        if let Some(contact) = context.shell.recall(&key).await {
            return Ok(Self { contact, own: None });
        }
        let found = enrol::account(context, caller, enrols).await.and_then(|own| Self::owner(context, own));
        let until = context.shell.now().0 + KEPT_MS;
        let until = until.min(caller.expires_at.unwrap_or(i64::MAX));
        let contact = found.as_ref().ok().map(|payee| payee.contact.clone());
        context.shell.share(key, contact, until, Vec::new()).await;
        found
    }

    /// The one that an account belongs to.
    pub(crate) fn owner(context: &Context, own: Own) -> Result<Self, Problem> {
        match own.says("contactId").map(|contact| contact.to_ascii_lowercase()) {
            Some(contact) => Ok(Self { contact, own: Some(own) }),
            None => {
                Err(context.shell.broken("an account without a contact went through the contract's check"))
            }
        }
    }

    /// The contact's id.
    pub(crate) fn contact(&self) -> &str {
        &self.contact
    }

    /// What stands for them in counters and as a place in the store: the same for every role and every id.
    pub(crate) fn subject(&self) -> String {
        format!("contact:{}", self.contact)
    }

    /// The account, made where there is none and `enrols` lets it.
    pub(crate) async fn account(
        self,
        context: &Context,
        caller: &Caller,
        enrols: bool,
    ) -> Result<Own, Problem> {
        match self.own {
            Some(own) => Ok(own),
            None => enrol::account(context, caller, enrols).await,
        }
    }
}
