//! Reads that are made once for all who ask at the same time, and whose answers are kept for a while (P29).
//!
//! The shell keeps texts under keys and knows nothing of them. What is in a key decides who can share an answer: of the
//! own account, the site and the verified subject; of the program, its tiers and rewards, the site. An answer that was
//! kept is read and checked like one that has just come, so even a wrong one would be found out by its owner's ids.

use crate::answered::Answered;
use crate::caller::Caller;
use crate::canonical::{canonical, fingerprint};
use crate::effect::{Auth, Event, NoReply, UpstreamCall};
use crate::flow::Context;
use crate::known::OwnRead;
use crate::problem::Problem;
use crate::twin::Twin;
use crate::upstream::{self, Outcome};
use loyalty_contract::{Endpoint, Operation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::rc::Rc;

/// How long answers are kept, in milliseconds. With 0, reads of an own account that come at the same time still share
/// one call; reads of the catalog go up each for itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Keep {
    /// The caller's own account.
    pub account_ms: u32,
    /// What is the same for everybody: the program, its tiers and rewards.
    pub catalog_ms: u32,
}

impl Keep {
    /// The longest: a balance is not to be an hour old, a reward not a week.
    const MOST: Self = Self { account_ms: 600_000, catalog_ms: 86_400_000 };

    /// Says what is wrong.
    pub(crate) fn check(self) -> Vec<String> {
        let pairs = [
            ("accountMs", self.account_ms, Self::MOST.account_ms),
            ("catalogMs", self.catalog_ms, Self::MOST.catalog_ms),
        ];
        pairs
            .into_iter()
            .filter(|(_, given, most)| given > most)
            .map(|(name, _, most)| format!("cache.{name}: takes 0 to {most} milliseconds"))
            .collect()
    }
}

/// What everybody's own accounts are found by, all at once.
const EVERYBODYS: &str = "own";

/// A call whose answer may be shared.
struct Shared {
    key: Twin<String>,
    /// When it is forgotten at the latest.
    until: i64,
    /// What makes it stale.
    tags: Vec<String>,
}

/// What went over the wire, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kept {
    Reply(u16, Vec<(String, String)>, String),
    None(NoReply),
}

impl Kept {
    fn of(event: &Event) -> Option<String> {
        let kept = match event {
            Event::Replied { status, headers, text } => {
                // What it is to be consistent with is of the one who asked.
                let headers = headers.iter().filter(|(name, _)| name == "retry-after").cloned().collect();
                Self::Reply(*status, headers, text.clone())
            }
            Event::NoReply { why } => Self::None(*why),
            _ => return None,
        };
        serde_json::to_string(&kept).ok()
    }

    fn event(text: &str) -> Option<Event> {
        Some(match serde_json::from_str(text).ok()? {
            Self::Reply(status, headers, text) => Event::Replied { status, headers, text },
            Self::None(why) => Event::NoReply { why },
        })
    }
}

/// What a subject's answers are found by.
fn subjects_tag(context: &Context, subject: &str) -> String {
    fingerprint(&["own tag", &context.config.site_id, subject])
}

/// Whether an answer is the same for every caller, and changes seldom.
const fn is_catalog(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::GetLoyaltyProgram
            | Operation::ListTiers
            | Operation::GetTier
            | Operation::GetTiersProgram
            | Operation::ListRewards
            | Operation::GetReward
    )
}

impl Context {
    /// Reads the account of a verified caller.
    pub(crate) async fn read_own(
        &self,
        caller: &Caller,
        endpoint: &'static Endpoint,
        payload: &Value,
        auth: Auth,
    ) -> Result<(Answered, Option<String>), Problem> {
        let Some(subject) = caller.subject() else { return self.read(endpoint, payload, auth).await };
        let make = || OwnRead {
            operation: endpoint.operation,
            payload: payload.clone(),
            key: Twin::new(fingerprint(&[
                "own read",
                &self.config.site_id,
                &subject,
                endpoint.name,
                &canonical(payload),
            ])),
            tag: subjects_tag(self, &subject),
            call: upstream::call(endpoint, payload, auth, None).map(Twin::new),
        };
        let known = self.shell.caller().filter(|known| std::ptr::eq::<Caller>(&***known, caller));
        let read = match known {
            Some(known) => known.read(endpoint.operation, payload, make),
            None => Rc::new(make()),
        };
        let until = self.shell.now().0 + i64::from(self.config.keep.account_ms);
        let shared = Shared {
            key: read.key.clone(),
            until: until.min(caller.expires_at.unwrap_or(i64::MAX)),
            tags: vec![EVERYBODYS.to_owned(), read.tag.clone()],
        };
        let call = read.call.clone();
        self.read_shared(endpoint, payload, auth, shared, call).await
    }

    /// Reads what is the same for everybody, where it is; everything else as it is.
    pub(crate) async fn read_any(
        &self,
        endpoint: &'static Endpoint,
        payload: &Value,
    ) -> Result<(Answered, Option<String>), Problem> {
        if !is_catalog(endpoint.operation) || self.config.keep.catalog_ms == 0 {
            return self.read(endpoint, payload, Auth::Credential).await;
        }
        let shared = Shared {
            key: Twin::new(fingerprint(&["read", &self.config.site_id, endpoint.name, &canonical(payload)])),
            until: self.shell.now().0 + i64::from(self.config.keep.catalog_ms),
            tags: vec![endpoint.group.as_str().to_owned()],
        };
        let call = upstream::call(endpoint, payload, Auth::Credential, None).map(Twin::new);
        self.read_shared(endpoint, payload, Auth::Credential, shared, call).await
    }

    async fn read_shared(
        &self,
        endpoint: &'static Endpoint,
        payload: &Value,
        auth: Auth,
        mut shared: Shared,
        call: Option<Twin<UpstreamCall>>,
    ) -> Result<(Answered, Option<String>), Problem> {
        // Who brings a token of consistency has changed something, and wants to see what is behind it.
        if self.request.consistent.is_some() {
            return self.read(endpoint, payload, auth).await;
        }
        if let Some(event) = self.shell.recall(&shared.key).await.as_deref().and_then(Kept::event) {
            self.shell.count_shared();
            return upstream::read(endpoint, auth, &event).done();
        }
        let event = match self.exchange_by(call).await {
            Ok(event) => event,
            Err(problem) => {
                self.shell.share(shared.key, None, 0, Vec::new()).await;
                return Err(problem);
            }
        };
        let outcome = self.understood(endpoint, auth, &event);
        match &outcome {
            Outcome::Done { answer, .. } => {
                if let Some(id) = answer.says(&["account", "id"]) {
                    shared.tags.push(id.to_ascii_lowercase());
                }
            }
            // Who waits gets it; who comes later asks anew.
            Outcome::Refused(_) | Outcome::Unknown(_) => shared.until = 0,
        }
        if !self.shell.ends_alone(&shared.key, shared.until) {
            self.shell.share(shared.key, Kept::of(&event), shared.until, shared.tags).await;
        }
        outcome.done()
    }

    /// Something was written, or may have been: what is known of these accounts is not true any more.
    pub(crate) async fn forget(&self, operation: Operation, payload: &Value) {
        let mut tags: Vec<String> = ["accountId", "loyaltyAccountId"]
            .into_iter()
            .filter_map(|field| Some(payload.get(field)?.as_str()?.to_ascii_lowercase()))
            .collect();
        let caller = self.shell.caller();
        tags.extend(
            caller.as_ref().and_then(|caller| caller.subject()).map(|subject| subjects_tag(self, subject)),
        );
        if operation == Operation::BulkAdjustPoints {
            tags.push(EVERYBODYS.to_owned());
        }
        self.shell.forget(tags).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_as_it_was_but_for_the_token_of_consistency() {
        let headers =
            vec![("retry-after".to_owned(), "5".to_owned()), ("x-wix-consistent".to_owned(), "t".to_owned())];
        let event = Event::Replied { status: 200, headers, text: "{\"a\":\"\\u2028\"}".to_owned() };
        let back = Kept::event(&Kept::of(&event).unwrap()).unwrap();
        let Event::Replied { status: 200, headers, text } = back else { panic!("{back:?}") };
        assert_eq!((headers.len(), text.as_str()), (1, "{\"a\":\"\\u2028\"}"));
        let lost = Event::NoReply { why: NoReply::Timeout };
        assert_eq!(Kept::event(&Kept::of(&lost).unwrap()), Some(lost));
        assert_eq!(Kept::event("{}"), None);
    }

    #[test]
    fn times_have_an_end() {
        assert!(Keep::default().check().is_empty());
        assert_eq!(Keep { account_ms: 600_001, catalog_ms: 86_400_001 }.check().len(), 2);
    }
}
