//! What went wrong, in the terms of the contract's codes: made here for every shell, and nowhere else.
//!
//! It is made as JSON, of pieces of the answer as they stand there. The JavaScript shell takes it so; Rust callers
//! get a [`super::Problem`].

use crate::codec::Bytes;
use crate::codec::scan::{self, Scan};
use crate::codec::schema::Endpoint;
use crate::codec::tags;
use crate::codec::text::put;
use loyalty_contract::ErrorCode;

/// A call that failed, as JSON: `code`, `retryable`, and where they are known `message`, `upstreamCode`,
/// `requestId`, `retryAt`, `violations`.
pub(crate) struct Report(Bytes);

impl Report {
    fn new(code: ErrorCode, retryable: bool, violations: &[u8]) -> Self {
        let mut out = Bytes::new();
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
            _ if !validation.is_empty() => Some(&b"validationError"[..]),
            token => token.map(inside),
        };
        let code = ErrorCode::classify_bytes(status, named);
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

    /// The JSON.
    pub(crate) fn json(&self) -> &[u8] {
        &self.0
    }
}

/// The string of a key in an object, with its quotes.
pub(crate) fn text_of<'a>(object: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    scan::get(object, key).filter(|value| value.first() == Some(&b'"'))
}

/// A string token without its quotes.
fn inside(token: &[u8]) -> &[u8] {
    token.get(1..token.len().saturating_sub(1)).unwrap_or_default()
}

/// The violations that an answer lists, each with a comma behind it.
fn violations(endpoint: Endpoint, validation: &[u8]) -> Bytes {
    let mut out = Bytes::new();
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
fn put_sdk_path(out: &mut Bytes, endpoint: Endpoint, wire: &[u8]) {
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
