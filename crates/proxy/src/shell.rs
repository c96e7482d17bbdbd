//! The way out and back in: an effect is put down, the exchange sleeps, the event is picked up. Where several steps run
//! together ([`crate::together`]), each finds its own event by the number of its effect.

use crate::caller::Caller;
use crate::effect::{Effect, Event, Started, UpstreamCall};
use crate::host::Host;
use crate::known::Known;
use crate::problem::Problem;
use crate::session::SessionStep;
use crate::store::{StoreOp, StoreReply};
use crate::twin::Twin;
use loyalty_contract::{ErrorCode, Timestamp};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Poll;

#[derive(Default)]
struct Mailbox {
    out: RefCell<Vec<Started>>,
    back: RefCell<Vec<(u32, Event)>>,
    count: Cell<u32>,
    now: Cell<i64>,
    log: RefCell<Vec<String>>,
    changes_nothing: Cell<bool>,
    host: Option<Rc<dyn Host>>,
    /// Whose request this is, once that is known.
    caller: RefCell<Option<Rc<Known>>>,
    /// Calls upstream, and answers of somebody else's.
    sent: Cell<u32>,
    shared: Cell<u32>,
    /// Answers of upstream that have come.
    replies: Cell<u32>,
    /// The ids that upstream gave to the latest calls.
    ids: RefCell<Vec<String>>,
}

/// A request's hand on the outside. Clones share one mailbox.
#[derive(Clone, Default)]
pub(crate) struct Shell(Rc<Mailbox>);

impl Shell {
    /// A hand at a host that answers some effects at once. `caller` is one that was identified before.
    pub(crate) fn at(host: Rc<dyn Host>, caller: Option<Rc<Known>>) -> Self {
        Self(Rc::new(Mailbox { host: Some(host), caller: RefCell::new(caller), ..Mailbox::default() }))
    }

    /// Hands in what an effect came to.
    pub(crate) fn deliver(&self, id: u32, event: Event, now: i64) {
        if let Ok(mut back) = self.0.back.try_borrow_mut() {
            back.push((id, event));
        }
        self.0.now.set(now);
    }

    /// Sets the time at the start.
    pub(crate) fn set_now(&self, now: i64) {
        self.0.now.set(now);
    }

    /// The effects that were put down since the last time.
    pub(crate) fn take_effects(&self) -> Vec<Started> {
        self.0.out.try_borrow_mut().map(|mut out| std::mem::take(&mut *out)).unwrap_or_default()
    }

    /// The time of the latest event.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.0.now.get())
    }

    /// Says that the request changes nothing, so that it can go on without the store.
    pub(crate) fn changes_nothing(&self) {
        self.0.changes_nothing.set(true);
    }

    /// Notes a line for the log.
    pub(crate) fn log(&self, line: impl Into<String>) {
        if let Ok(mut log) = self.0.log.try_borrow_mut() {
            log.push(line.into());
        }
    }

    /// The lines for the log.
    pub(crate) fn take_log(&self) -> Vec<String> {
        self.0.log.try_borrow_mut().map(|mut log| std::mem::take(&mut *log)).unwrap_or_default()
    }

    /// Puts an effect down and sleeps until its event is there; goes on where the host has it at once.
    async fn perform(&self, effect: Effect) -> Event {
        if let Some(event) = self.0.host.as_ref().and_then(|host| host.at_once(&effect)) {
            return event;
        }
        let id = self.0.count.get();
        self.0.count.set(id.wrapping_add(1));
        if let Ok(mut out) = self.0.out.try_borrow_mut() {
            out.push(Started { id, effect });
        }
        std::future::poll_fn(|_| self.take_event(id).map_or(Poll::Pending, Poll::Ready)).await
    }

    fn take_event(&self, id: u32) -> Option<Event> {
        let mut back = self.0.back.try_borrow_mut().ok()?;
        let at = back.iter().position(|(of, _)| *of == id)?;
        Some(back.swap_remove(at).1)
    }

    pub(crate) async fn identify(&self) -> Result<Rc<Known>, Problem> {
        if let Some(known) = self.caller() {
            return Ok(known);
        }
        match self.perform(Effect::Identify).await {
            Event::Identified {
                role,
                member_id,
                contact_id,
                has_upstream_token,
                expires_at,
                is_resolved,
                claims,
            } => {
                let caller = Caller {
                    role,
                    member_id,
                    contact_id,
                    has_upstream_token,
                    expires_at,
                    is_resolved,
                    claims,
                };
                caller.check().map_err(|reason| self.broken(reason))?;
                Ok(self.set_caller(caller))
            }
            Event::NotAuthenticated { reason } => {
                self.log(format!("token refused: {reason}"));
                Err(Problem::new(ErrorCode::Unauthenticated, "the token is not valid here; sign in again"))
            }
            Event::UnknownMember { reason } => {
                self.log(reason);
                let detail = "you are signed in, but not known as a member of this site";
                Err(Problem::new(ErrorCode::PermissionDenied, detail))
            }
            Event::Failed { reason } => {
                self.log(format!("identify failed: {reason}"));
                Err(Problem::new(ErrorCode::Unavailable, "the caller can't be identified now; try again")
                    .retry_after(5))
            }
            _ => Err(self.broken("identify was answered by another event")),
        }
    }

    /// Carries out a step of a session. Gives where it leads on to, if anywhere.
    pub(crate) async fn session(&self, step: SessionStep) -> Result<Option<String>, Problem> {
        match self.perform(Effect::Session { step }).await {
            Event::Redirect { location, note } => {
                note.into_iter().for_each(|note| self.log(note));
                Ok(Some(location))
            }
            Event::SignedOut => Ok(None),
            Event::SignInFailed { reason } => {
                self.log(format!("sign-in failed: {reason}"));
                Err(Problem::new(ErrorCode::Unauthenticated, "the sign-in did not work; begin it again"))
            }
            Event::Failed { reason } => {
                self.log(format!("session failed: {reason}"));
                Err(Problem::new(ErrorCode::Unavailable, "signing in or out is not possible now; try again")
                    .retry_after(5))
            }
            _ => Err(self.broken("a step of a session was answered by another event")),
        }
    }

    /// The document of any proxy, as JSON text.
    pub(crate) async fn document(&self) -> Result<String, Problem> {
        match self.perform(Effect::Document).await {
            Event::Document { text } => Ok(text),
            Event::Failed { reason } => Err(self.broken(&format!("the document is not there: {reason}"))),
            _ => Err(self.broken("the document was answered by another event")),
        }
    }

    pub(crate) async fn body(&self, limit: usize) -> Result<String, Problem> {
        match self.perform(Effect::ReadBody { limit }).await {
            Event::Body { text } if text.len() <= limit => Ok(text),
            Event::Body { .. } | Event::BodyTooLarge => {
                Err(Problem::new(ErrorCode::PayloadTooLarge, format!("the body is over {limit} bytes")))
            }
            Event::BodyTooSlow => Err(Problem::new(
                ErrorCode::RequestTimeout,
                "the body took too long to arrive; send it again",
            )),
            Event::Failed { .. } => {
                Err(Problem::argument("", "FORMAT", "the body is not UTF-8 text, or was cut short"))
            }
            _ => Err(self.broken("the body was answered by another event")),
        }
    }

    pub(crate) async fn confirm(
        &self,
        hook: &str,
        caller: &Caller,
        subject: Option<String>,
        parameters: Option<serde_json::Value>,
    ) -> bool {
        let effect = Effect::Confirm { hook: hook.to_owned(), caller: caller.clone(), subject, parameters };
        // Anything but a plain yes is a no: the hook fails closed.
        matches!(self.perform(effect).await, Event::Confirmed { yes: true })
    }

    pub(crate) async fn bot_check(
        &self,
        caller: &Caller,
        operation: &'static str,
        action: Option<&str>,
    ) -> Result<(), Problem> {
        let action = action.map(str::to_owned);
        let effect = Effect::BotCheck { caller: caller.clone(), operation, action };
        match self.perform(effect).await {
            Event::Confirmed { yes: true } => Ok(()),
            _ => Err(Problem::new(ErrorCode::PermissionDenied, "the bot check did not let this through")),
        }
    }

    /// Asks the store. Where it is lost, what changes nothing goes on, counted by this process alone: its limits still
    /// hold, each process for itself. Everything else is refused.
    pub(crate) async fn store(&self, op: StoreOp) -> Result<StoreReply, Problem> {
        let or_here = self.0.changes_nothing.get() && matches!(op, StoreOp::Hit { .. });
        match self.perform(Effect::Store { op, or_here }).await {
            Event::Stored { reply } => Ok(reply),
            Event::Failed { reason } => {
                self.log(format!("store failed: {reason}"));
                Err(Problem::new(ErrorCode::Unavailable, "the proxy's store does not answer; try again")
                    .retry_after(2))
            }
            _ => Err(self.broken("the store was answered by another event")),
        }
    }

    /// Asks this process's own memory, which is always there.
    pub(crate) async fn here(&self, op: StoreOp) -> Result<StoreReply, Problem> {
        match self.perform(Effect::Here { op }).await {
            Event::Stored { reply } => Ok(reply),
            _ => Err(self.broken("the process's own memory was answered by another event")),
        }
    }

    pub(crate) async fn upstream(&self, call: Twin<UpstreamCall>) -> Event {
        self.0.sent.set(self.0.sent.get().saturating_add(1));
        let event = self.perform(Effect::Upstream { call }).await;
        if matches!(event, Event::Replied { .. }) {
            self.0.replies.set(self.0.replies.get().saturating_add(1));
        }
        if let (Event::Replied { headers, .. }, Ok(mut ids)) = (&event, self.0.ids.try_borrow_mut()) {
            let id = headers.iter().find(|(name, _)| name == "x-wix-request-id").map(|(_, id)| id);
            ids.extend(id.filter(|id| is_request_id(id)).cloned());
        }
        event
    }

    /// Says on whose behalf the rest is done.
    pub(crate) fn set_caller(&self, caller: Caller) -> Rc<Known> {
        let known = Rc::new(Known::new(caller));
        if let Ok(mut caller) = self.0.caller.try_borrow_mut() {
            *caller = Some(Rc::clone(&known));
        }
        known
    }

    /// On whose behalf this is done.
    pub(crate) fn caller(&self) -> Option<Rc<Known>> {
        self.0.caller.try_borrow().ok().and_then(|caller| caller.clone())
    }

    /// How many answers of upstream have come: the number of the latest.
    pub(crate) fn replies(&self) -> u32 {
        self.0.replies.get()
    }

    /// An answer of somebody else's was good for this one.
    pub(crate) fn count_shared(&self) {
        self.0.shared.set(self.0.shared.get().saturating_add(1));
    }

    /// What went upstream, for the log.
    pub(crate) fn traffic(&self) -> (u32, u32, Vec<String>) {
        let ids = self.0.ids.try_borrow().map(|ids| ids.clone()).unwrap_or_default();
        (self.0.sent.get(), self.0.shared.get(), ids)
    }

    pub(crate) async fn verify(&self, token: &str) -> Result<String, Problem> {
        match self.perform(Effect::Verify { token: token.to_owned() }).await {
            Event::Verified { claims } => Ok(claims),
            Event::NotAuthenticated { reason } => {
                self.log(format!("webhook refused: {reason}"));
                Err(Problem::new(
                    ErrorCode::Unauthenticated,
                    "the event is not signed by the key that is configured",
                ))
            }
            _ => Err(Problem::new(ErrorCode::Unavailable, "the event can't be checked now").retry_after(5)),
        }
    }

    pub(crate) async fn handle(&self, event: serde_json::Value) -> Result<(), Problem> {
        match self.perform(Effect::Handle { event }).await {
            Event::Noted => Ok(()),
            Event::Failed { reason } => {
                self.log(format!("a webhook's handler failed: {reason}"));
                Err(Problem::new(ErrorCode::Unavailable, "the event could not be handled; send it again")
                    .retry_after(5))
            }
            _ => Err(self.broken("a webhook was answered by another event")),
        }
    }

    pub(crate) async fn recall(&self, key: &Twin<String>) -> Option<String> {
        match self.perform(Effect::Recall { key: key.clone() }).await {
            Event::Recalled { text } => text,
            _ => None,
        }
    }

    pub(crate) async fn share(&self, key: Twin<String>, text: Option<String>, until: i64, tags: Vec<String>) {
        self.perform(Effect::Share { key, text, until, tags }).await;
    }

    /// Ends what was to be shared under the key, where nobody waits for it and nothing is to be kept.
    pub(crate) fn ends_alone(&self, key: &Twin<String>, until: i64) -> bool {
        until <= self.0.now.get() && self.0.host.as_ref().is_some_and(|host| host.ends_alone(key))
    }

    pub(crate) async fn forget(&self, tags: Vec<String>) {
        self.perform(Effect::Forget { tags }).await;
    }

    pub(crate) async fn wait(&self, ms: u32) {
        self.perform(Effect::Wait { ms }).await;
    }

    pub(crate) async fn audit(&self, record: serde_json::Value) -> Result<(), Problem> {
        match self.perform(Effect::Audit { record }).await {
            Event::Audited => Ok(()),
            event => {
                self.log(match event {
                    Event::Failed { reason } => format!("audit failed: {reason}"),
                    _ => "audit was answered by another event".to_owned(),
                });
                Err(Problem::new(ErrorCode::Unavailable, "the audit record can't be written; try again")
                    .retry_after(5))
            }
        }
    }

    /// A fault of the proxy or of the shell around it.
    pub(crate) fn broken(&self, reason: &str) -> Problem {
        self.log(reason);
        Problem::new(ErrorCode::ProxyInternal, "the proxy failed; its log has the request id")
    }
}

/// Whether this can be an id that upstream gave to a call, and nothing that would be news in a log.
fn is_request_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte))
}
