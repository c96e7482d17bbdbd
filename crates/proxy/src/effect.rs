//! What a request asks of the world, and what the world answers. The wire between the shell and these decisions.

use crate::caller::{Caller, Role};
use crate::session::SessionStep;
use crate::store::{StoreOp, StoreReply};
use crate::twin::Twin;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Something that the shell carries out. It answers with one [`Event`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Effect {
    /// Find out who calls. → `identified`, `notAuthenticated` or `failed`
    Identify,
    /// Carry out a step of a session. → `redirect`, `signedOut`, `signInFailed` or `failed`
    Session {
        /// Which.
        step: SessionStep,
    },
    /// Give the document of any proxy, as it was generated. → `document` or `failed`
    Document,
    /// Read the body, at most `limit` bytes of UTF-8. → `body`, `bodyTooLarge`, `bodyTooSlow` or `failed`
    ReadBody {
        /// In bytes.
        limit: usize,
    },
    /// Ask a hook of the developer's whether the deed happened. → `confirmed`; a hook that throws says no
    Confirm {
        /// Its name.
        hook: String,
        /// Who claims.
        caller: Caller,
        /// What it was done to.
        subject: Option<String>,
        /// What the page told about it.
        parameters: Option<Value>,
    },
    /// Ask the developer's hook whether a person calls. → `confirmed`; a hook that throws says no
    BotCheck {
        /// Who calls.
        caller: Caller,
        /// Which operation.
        operation: &'static str,
        /// Which action, where the operation is `earn`.
        action: Option<String>,
    },
    /// Carry out one atomic operation of the store. → `stored` or `failed`
    Store {
        /// Which.
        op: StoreOp,
        /// Where the store does not answer, carry it out in this process's own memory instead of failing.
        or_here: bool,
    },
    /// Carry one out in this process's own memory, without a look at the store. → `stored`
    Here {
        /// Which.
        op: StoreOp,
    },
    /// Send a request upstream. → `replied` or `noReply`
    Upstream {
        /// What to send.
        call: Twin<UpstreamCall>,
    },
    /// Check a webhook's signature. → `verified`, `notAuthenticated` or `failed`
    Verify {
        /// The body: a compact JWS.
        token: String,
    },
    /// Give an event to the developer's handler. → `noted`, or `failed` where it throws
    Handle {
        /// The event. Dates stand as `{"$date": milliseconds}`.
        event: Value,
    },
    /// Look for an answer that is kept, or wait for it where somebody is on the way to it. → `recalled`
    ///
    /// With no text the exchange makes the call itself, and whoever asks for the same key meanwhile waits until it
    /// says `share` or is over.
    Recall {
        /// Under which key.
        key: Twin<String>,
    },
    /// Tell those who wait what came of it, and keep it. → `noted`
    ///
    /// What was forgotten while the call was under way reaches those who wait and isn't kept.
    Share {
        /// Under which key.
        key: Twin<String>,
        /// The answer; without one, those who wait make the call themselves.
        text: Option<String>,
        /// When it is forgotten at the latest.
        until: i64,
        /// By which it may be forgotten sooner.
        tags: Vec<String>,
    },
    /// Forget what has one of these tags, and keep nothing that is under way. → `noted`
    Forget {
        /// The tags.
        tags: Vec<String>,
    },
    /// Let some time pass. → `waited`
    Wait {
        /// In milliseconds.
        ms: u32,
    },
    /// Write an audit record, and make sure of it. → `audited` or `failed`
    Audit {
        /// The record.
        record: Value,
    },
    /// Carry out all of these at once, besides what is under way, and tell of the first that is done. → `happened`
    ///
    /// With nothing to start it only waits for the next of those under way.
    Several {
        /// What to start.
        start: Vec<Started>,
    },
    /// Answer. The exchange is over.
    Answer {
        /// With what.
        answer: Answer,
    },
}

/// One effect of several, and the number by which its event is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Started {
    /// Its number, once in an exchange.
    pub id: u32,
    /// What to carry out; never several or an answer.
    pub effect: Effect,
}

/// With whose authority an upstream call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Auth {
    /// The elevated credential, which the shell attaches.
    Credential,
    /// The caller's own upstream token, which the shell has from the identity provider.
    Caller,
}

/// A request upstream, built from nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpstreamCall {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path and query.
    pub path: String,
    /// The allow-listed headers; the shell adds only those of `auth`, and the request's own id as `x-request-id`: never
    /// one that a request brought, since by it our log and upstream's are put together.
    #[serde(serialize_with = "by_name")]
    pub headers: Vec<(&'static str, String)>,
    /// JSON text.
    pub body: Option<String>,
    /// With whose authority.
    pub auth: Auth,
    /// How long to wait for the whole answer.
    pub timeout_ms: u32,
    /// How large an answer may be.
    pub max_bytes: usize,
}

/// Headers, names in lower case.
pub type Headers = Vec<(&'static str, String)>;

/// What goes back to the caller.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The headers that many answers have alike.
    pub head: Twin<Headers>,
    /// The other ones.
    pub rest: Headers,
    /// The id that the shell gave the request. It goes back as `x-request-id` and, for upstream's own client, as
    /// `x-wix-request-id`.
    pub request_id: String,
    /// Body, empty for none.
    pub body: String,
    /// Whether the body is the text of the latest `replied` to the letter, so that the shell has it already.
    #[serde(skip)]
    pub as_it_came: bool,
    /// What the log should know, without secrets or personal data.
    pub log: Vec<String>,
    /// What the log tells of the request itself.
    pub summary: Summary,
}

impl Answer {
    /// All headers.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let ids = ["x-request-id", "x-wix-request-id"].map(|name| (name, self.request_id.as_str()));
        let others = self.head.iter().chain(&self.rest).map(|(name, value)| (*name, value.as_str()));
        ids.into_iter().chain(others)
    }
}

/// What the log tells of a request: nothing personal, and nothing that a request can say freely.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Which operation, or which of our own routes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<&'static str>,
    /// The action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The caller's role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Value>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// What was paid by this call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<Value>,
    /// How many calls went upstream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream_calls: Option<u32>,
    /// How many answers were somebody else's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_answers: Option<u32>,
    /// The ids that upstream gave to the calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub upstream_request_ids: Vec<String>,
}

/// What an effect came to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "is", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// The identity provider vouches for a caller.
    Identified {
        /// Its role.
        role: Role,
        /// Its member id.
        member_id: Option<String>,
        /// Its contact id.
        contact_id: Option<String>,
        /// Whether the shell has a token of it that upstream accepts.
        #[serde(default)]
        has_upstream_token: bool,
        /// When its token ends, in milliseconds since 1970, where that is known.
        #[serde(default)]
        expires_at: Option<i64>,
        /// Whether its ids are what the developer's `resolve` says.
        #[serde(default)]
        is_resolved: bool,
        /// The claims that the policy's actions ask for.
        #[serde(default)]
        claims: BTreeMap<String, Value>,
    },
    /// Somebody is signed in, and `resolve` knows no member for them.
    UnknownMember {
        /// Why, for the log.
        reason: String,
    },
    /// The step of a session leads on to this URL.
    Redirect {
        /// Where to.
        location: String,
        /// What the log should know.
        #[serde(default)]
        note: Option<String>,
    },
    /// The session is over.
    SignedOut,
    /// What came back from the sign-in is not what was asked for.
    SignInFailed {
        /// Why, for the log.
        reason: String,
    },
    /// The document.
    Document {
        /// As JSON text.
        text: String,
    },
    /// There was a token, and it is not valid.
    NotAuthenticated {
        /// Why, for the log.
        reason: String,
    },
    /// The body.
    Body {
        /// As text.
        text: String,
    },
    /// The body is over the limit.
    BodyTooLarge,
    /// The body did not arrive in time.
    BodyTooSlow,
    /// What the hook said.
    Confirmed {
        /// Whether the deed happened, or a person calls.
        yes: bool,
    },
    /// What the store did.
    Stored {
        /// The outcome.
        reply: StoreReply,
    },
    /// Upstream answered.
    Replied {
        /// HTTP status.
        status: u16,
        /// The allow-listed headers that were there: `retry-after`, `x-wix-consistent`, `x-wix-request-id`.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// Body as text.
        text: String,
    },
    /// Upstream's answer is missing or useless.
    NoReply {
        /// Why.
        why: NoReply,
    },
    /// The signature is the configured key's.
    Verified {
        /// What it signs, as text.
        claims: String,
    },
    /// What was kept, if anything.
    Recalled {
        /// The answer.
        text: Option<String>,
    },
    /// What was to be kept or forgotten is.
    Noted,
    /// The record is safe.
    Audited,
    /// Time has passed.
    Waited,
    /// One of several effects is done.
    Happened {
        /// Its number.
        id: u32,
        /// What it came to.
        event: Box<Event>,
    },
    /// The effect failed.
    Failed {
        /// Why, for the log.
        reason: String,
    },
}

/// Why there is no answer of upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NoReply {
    /// No connection, or it broke.
    Network,
    /// It took too long.
    Timeout,
    /// It was too large.
    TooLarge,
    /// It was not UTF-8 text.
    NotText,
    /// There was no credential to send it with: nothing was sent.
    NoCredential,
}

/// Headers as an object: each name is there once.
fn by_name<S: serde::Serializer>(headers: &[(&'static str, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(headers.iter().map(|(name, value)| (name, value)))
}
