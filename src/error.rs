//! What a call of the Rust shell fails with, and the JavaScript `Error` that it becomes at the border.

use alloc::string::String;
use alloc::vec::Vec;

use js_sys::Reflect;
use loyalty_contract::ErrorCode;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use crate::core::{Problem, Violation};

/// A call that failed: the caller, the path, the proxy, the loyalty service, or bytes that were not what was
/// promised. [`Error::code`] says which.
#[derive(Debug, Clone)]
pub struct Error {
    problem: Problem,
    status: Option<u16>,
    idempotency_key: Option<String>,
    cause: Option<JsValue>,
}

/// The members of the JavaScript error, as the JavaScript shell has them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Members<'a> {
    name: &'static str,
    code: &'static str,
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<Breach<'a>>,
}

#[derive(Serialize)]
struct Breach<'a> {
    field: &'a str,
    rule: &'static str,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<i64>,
}

impl Error {
    /// A failure that has no answer behind it.
    pub(crate) fn new(code: ErrorCode, message: &str) -> Self {
        let message = if message.is_empty() { code.doc().trim() } else { message };
        let problem = Problem {
            code,
            message: message.into(),
            upstream_code: None,
            request_id: None,
            retry_at: None,
            retryable: code.retryable(),
            violations: Vec::new(),
        };
        Self::from(problem)
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    pub(crate) fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.problem.request_id = self.problem.request_id.or(request_id);
        self
    }

    pub(crate) fn with_cause(mut self, cause: JsValue) -> Self {
        self.cause = Some(cause);
        self
    }

    pub(crate) fn with_key(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// What kind of failure.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.problem.code
    }

    /// What to tell the developer.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.problem.message
    }

    /// The status of the answer; `None` where none came.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        self.status
    }

    /// The loyalty service's own code, where it gave one.
    #[must_use]
    pub fn upstream_code(&self) -> Option<&str> {
        self.problem.upstream_code.as_deref()
    }

    /// The id by which the proxy's log knows the call.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.problem.request_id.as_deref()
    }

    /// When the limit that was reached is over, as an ISO-8601 timestamp.
    #[must_use]
    pub fn retry_at(&self) -> Option<&str> {
        self.problem.retry_at.as_deref()
    }

    /// Whether the same call may succeed later, unchanged.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.problem.retryable
    }

    /// What is wrong with the arguments, or with the answer.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.problem.violations
    }

    /// The key that every attempt of the write carried: send it again to try the same write again.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    /// The JavaScript value behind it: the reason of an abort, the failure of a fetch.
    #[must_use]
    pub const fn cause(&self) -> Option<&JsValue> {
        self.cause.as_ref()
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self { problem, status: None, idempotency_key: None, cause: None }
    }
}

impl core::fmt::Display for Error {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "{}: {}", self.code().as_str(), self.message())
    }
}

impl core::error::Error for Error {}

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let thrown = js_sys::Error::new(error.message());
        let members = Members {
            name: "LoyaltyError",
            code: error.code().as_str(),
            retryable: error.is_retryable(),
            status: error.status(),
            upstream_code: error.upstream_code(),
            request_id: error.request_id(),
            retry_at: error.retry_at(),
            idempotency_key: error.idempotency_key(),
            violations: error.violations().iter().map(Breach::from).collect(),
        };
        let serializer = serde_wasm_bindgen::Serializer::json_compatible();
        if let Ok(members) = members.serialize(&serializer) {
            js_sys::Object::assign(&thrown, members.unchecked_ref());
        }
        if let Some(cause) = error.cause() {
            drop(Reflect::set(&thrown, &"cause".into(), cause));
        }
        thrown.into()
    }
}

impl<'a> From<&'a Violation> for Breach<'a> {
    fn from(violation: &'a Violation) -> Self {
        Self {
            field: &violation.field,
            rule: violation.rule.as_str(),
            description: violation.description(),
            threshold: violation.threshold,
        }
    }
}
