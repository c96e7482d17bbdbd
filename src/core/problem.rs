//! What went wrong, in the terms of the contract's codes: made here for every shell, and nowhere else.
//!
//! A problem is made as JSON, of pieces of the answer as they stand there: the JavaScript shell takes it so, and
//! [`Report::read`] gives Rust callers a struct.

use crate::codec::scan::{self, Scan};
use crate::codec::schema::Endpoint;
use crate::codec::tags;
use crate::codec::text::{put, string, unescape};
use crate::codec::violation::{Rule, Violation};
use alloc::string::String;
use alloc::vec::Vec;
use loyalty_contract::ErrorCode;

/// A call that failed, as JSON: `code`, `retryable`, and where they are known `message`, `upstreamCode`,
/// `requestId`, `retryAt`, `violations`.
pub(crate) struct Report(Vec<u8>);

impl Report {
    fn new(code: ErrorCode, retryable: bool, violations: &[u8]) -> Self {
        let mut out = Vec::new();
        put(&mut out, b"{\"code\":\"");
        put(&mut out, code.as_str().as_bytes());
        put(&mut out, if retryable { b"\",\"retryable\":true" } else { b"\",\"retryable\":false" });
        // Each violation has a comma behind it.
        if let Some((_, list)) = violations.split_last() {
            put(&mut out, b",\"violations\":[");
            put(&mut out, list);
            out.push(b']');
        }
        out.push(b'}');
        Self(out)
    }

    /// Adds a piece of the answer under a name.
    fn add(&mut self, name: &[u8], value: Option<&[u8]>) {
        if let Some(value) = value {
            self.0.pop();
            put(&mut self.0, name);
            put(&mut self.0, value);
            self.0.push(b'}');
        }
    }

    /// A fault of this package.
    pub(crate) fn internal() -> Self {
        Self::new(ErrorCode::Internal, false, b"")
    }

    /// Arguments that break rules.
    pub(crate) fn refused(violations: &[u8]) -> Self {
        Self::new(ErrorCode::InvalidArgument, false, violations)
    }

    /// An answer that isn't what the contract promises.
    pub(crate) fn invalid(violations: &[u8]) -> Self {
        Self::new(ErrorCode::InvalidResponse, false, violations)
    }

    /// An answer that reports a failure, of this proxy, another proxy or the loyalty service, or of anything else
    /// that stands between: then the status decides.
    pub(crate) fn answered(endpoint: Endpoint, status: u16, text: &[u8]) -> Self {
        let mut scan = Scan::new(text);
        let whole = scan.skip(0).and_then(|()| scan.end()).is_ok();
        let body = if whole { text } else { b"" };
        let details = scan::get(body, b"details").unwrap_or_default();
        let application = scan::get(details, b"applicationError").unwrap_or_default();
        let validation = scan::get(details, b"validationError").unwrap_or_default();
        let upstream = text_of(body, b"upstreamCode").or_else(|| text_of(application, b"code"));
        let named = match text_of(body, b"code").or(upstream) {
            _ if !validation.is_empty() => Some("validationError"),
            Some(token) => core::str::from_utf8(inside(token)).ok(),
            None => None,
        };
        let code = ErrorCode::classify(status, named);
        let retryable = match scan::get(body, b"retryable") {
            Some(b"true") => true,
            Some(b"false") => false,
            // A gateway that lost a redemption or a bulk job doesn't know whether it was carried out.
            _ => code.retryable() && !(endpoint.effect == tags::NEVER && matches!(status, 408 | 502 | 504)),
        };
        let mut report = Self::new(code, retryable, &violations(endpoint, validation));
        let message = text_of(body, b"detail")
            .or_else(|| text_of(application, b"description"))
            .or_else(|| text_of(body, b"message"));
        report.add(b",\"message\":", message.filter(|message| message.len() > 2));
        // A proxy's own code is not the loyalty service's.
        report.add(b",\"upstreamCode\":", upstream.filter(|token| inside(token) != code.as_str().as_bytes()));
        report.add(b",\"requestId\":", text_of(body, b"requestId"));
        report.add(b",\"retryAt\":", text_of(body, b"retryAt"));
        report
    }

    /// The JSON, for the JavaScript shell.
    #[cfg(all(feature = "bindings", target_arch = "wasm32"))]
    pub(crate) fn json(&self) -> &[u8] {
        &self.0
    }

    /// The same as a struct, for Rust callers.
    pub(crate) fn read(&self) -> Problem {
        let read = |name: &[u8]| text_of(&self.0, name).map(decoded);
        let code = read(b"code").and_then(|name| ErrorCode::from_name(&name)).unwrap_or(ErrorCode::Internal);
        let violations = Violation::read_all(scan::get(&self.0, b"violations").unwrap_or_default());
        let message = read(b"message").unwrap_or_else(|| match sentence(&violations) {
            none if none.is_empty() => String::from(code.doc().trim()),
            said => said,
        });
        Problem {
            code,
            message,
            upstream_code: read(b"upstreamCode"),
            request_id: read(b"requestId"),
            retry_at: read(b"retryAt"),
            retryable: scan::get(&self.0, b"retryable") == Some(b"true"),
            violations,
        }
    }
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of failure.
    pub code: ErrorCode,
    /// What to tell the developer.
    pub message: String,
    /// The loyalty service's own code, where it gave one.
    pub upstream_code: Option<String>,
    /// The id by which the proxy's log knows the call.
    pub request_id: Option<String>,
    /// When a limit is over, where one was reached.
    pub retry_at: Option<String>,
    /// Whether the same call may succeed later, unchanged.
    pub retryable: bool,
    /// What is wrong with the arguments, or with the answer.
    pub violations: Vec<Violation>,
}

/// `options.amount must be at most 5; options.appId is required.`
fn sentence(violations: &[Violation]) -> String {
    let mut out = String::new();
    for (at, violation) in violations.iter().enumerate() {
        out.push_str(if at > 0 { "; " } else { "" });
        out.push_str(if violation.field.is_empty() { "the answer" } else { &violation.field });
        out.push(' ');
        out.push_str(&violation.description);
    }
    if !out.is_empty() {
        out.push('.');
    }
    out
}

/// The string of a key in an object, with its quotes.
fn text_of<'a>(object: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    scan::get(object, key).filter(|value| value.first() == Some(&b'"'))
}

/// A string token without its quotes.
fn inside(token: &[u8]) -> &[u8] {
    token.get(1..token.len().saturating_sub(1)).unwrap_or_default()
}

/// What a string token says.
pub(crate) fn decoded(token: &[u8]) -> String {
    string(unescape(Scan::new(token).string().unwrap_or_default()))
}

/// The violations that an answer lists, each with a comma behind it.
fn violations(endpoint: Endpoint, validation: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let list = scan::get(validation, b"fieldViolations").unwrap_or_default();
    let mut scan = Scan::new(list);
    let Ok(mut items) = scan.items() else { return out };
    while let Ok(true) = scan.item(&mut items) {
        scan.space();
        let start = scan.at;
        if scan.skip(0).is_err() {
            break;
        }
        let item = list.get(start..scan.at).unwrap_or_default();
        put(&mut out, b"{\"field\":\"");
        put_sdk_path(&mut out, endpoint, inside(text_of(item, b"field").unwrap_or_default()));
        put(&mut out, b"\",\"rule\":");
        let rule = text_of(item, b"violatedRule").or_else(|| text_of(item, b"ruleName"));
        put(&mut out, rule.unwrap_or(b"\"FORMAT\""));
        put(&mut out, b",\"description\":");
        put(&mut out, text_of(item, b"description").unwrap_or(b"\"is refused\""));
        let threshold = scan::get(item, b"data").and_then(|data| scan::get(data, b"threshold"));
        if let Some(number) = threshold.filter(|number| Scan::new(number).number().is_ok()) {
            put(&mut out, b",\"threshold\":");
            put(&mut out, number);
        }
        put(&mut out, b"},");
    }
    out
}

/// The path to a field as the caller of the function knows it: `amount` is `options.amount`.
fn put_sdk_path(out: &mut Vec<u8>, endpoint: Endpoint, wire: &[u8]) {
    let cut = wire.iter().position(|byte| matches!(byte, b'.' | b'[')).unwrap_or(wire.len());
    let (head, tail) = wire.split_at_checked(cut).unwrap_or_default();
    for arg in endpoint.args() {
        if arg.spread() && !head.is_empty() {
            put(out, arg.name);
            out.push(b'.');
            break;
        }
        if endpoint.request.field(arg.place).is_some_and(|field| field.name == head) {
            put(out, arg.name);
            return put(out, tail);
        }
    }
    put(out, wire);
}

impl Violation {
    /// Reads a list of violations as this module and the walker write it.
    fn read_all(list: &[u8]) -> Vec<Self> {
        let mut found = Vec::new();
        let mut scan = Scan::new(list);
        let Ok(mut items) = scan.items() else { return found };
        while let Ok(true) = scan.item(&mut items) {
            let start = scan.at;
            if scan.skip(0).is_err() {
                break;
            }
            let item = list.get(start..scan.at).unwrap_or_default();
            let read = |name: &[u8]| text_of(item, name).map(decoded).unwrap_or_default();
            let threshold =
                scan::get(item, b"threshold").and_then(|number| core::str::from_utf8(number).ok());
            found.push(Self {
                field: read(b"field"),
                rule: Rule::from_name(&read(b"rule")),
                description: read(b"description"),
                threshold: threshold.and_then(|number| number.parse().ok()),
            });
        }
        found
    }
}
