//! What went wrong, in the terms of the contract's codes: made here for every shell, and nowhere else.
//!
//! It is made as JSON, of pieces of the answer as they stand there. The JavaScript shell takes it so; Rust callers
//! get a [`super::Problem`].

use crate::codec::Bytes;
use crate::codec::scan::{self, Scan};
use crate::codec::schema::{Code, Endpoint};
use crate::codec::tags;
use crate::codec::text::{put, put_quoted};
use loyalty_contract::ErrorCode;

/// A call that failed, as JSON: `code`, `retryable`, and where they are known `message`, `upstreamCode`,
/// `requestId`, `retryAt`, `violations`.
pub(crate) struct Report(Bytes);

impl Report {
    #[inline(never)]
    fn new(code: Code, retryable: bool, violations: &[u8]) -> Self {
        let mut out = Bytes::new();
        put(&mut out, b"{\"code\":");
        put_quoted(&mut out, code.name);
        put(&mut out, b",\"retryable\":");
        put(&mut out, if retryable { b"true" } else { b"false" });
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
    #[inline(never)]
    fn add(&mut self, name: &[u8], value: &[u8]) {
        if !value.is_empty() {
            self.0.pop();
            self.0.push(b',');
            put_quoted(&mut self.0, name);
            self.0.push(b':');
            put(&mut self.0, value);
            self.0.push(b'}');
        }
    }

    /// A report of our own about the shell's side of a call.
    fn ours(code: ErrorCode, violations: &[u8]) -> Self {
        Self::new(Code::numbered(code as u8), false, violations)
    }

    /// A fault of this package.
    pub(crate) fn internal() -> Self {
        Self::ours(ErrorCode::Internal, b"")
    }

    /// Arguments that break rules.
    pub(crate) fn refused(violations: &[u8]) -> Self {
        Self::ours(ErrorCode::InvalidArgument, violations)
    }

    /// An answer that isn't what the contract promises.
    pub(crate) fn invalid(violations: &[u8]) -> Self {
        Self::ours(ErrorCode::InvalidResponse, violations)
    }

    /// An answer that reports a failure, of this proxy, another proxy or the loyalty service, or of anything else
    /// that stands between: then the status decides.
    pub(crate) fn answered(endpoint: Endpoint, status: u16, text: &[u8]) -> Self {
        let mut scan = Scan::new(text);
        scan.skip();
        let body = if scan.is_whole() { text } else { b"" };
        let details = scan::get(body, b"details");
        let application = scan::get(details, b"applicationError");
        let validation = scan::get(details, b"validationError");
        let named = if validation.is_empty() {
            let token = or(text_of(body, b"code"), text_of(body, b"upstreamCode"));
            inside(or(token, text_of(application, b"code")))
        } else {
            b"validationError"
        };
        let code = Code::of(status, named);
        let said = scan::get(body, b"retryable");
        // A gateway that lost a redemption or a bulk job doesn't know whether it was carried out.
        let lost = endpoint.effect == tags::NEVER && matches!(status, 408 | 502 | 504);
        let retryable = said == b"true" || said != b"false" && code.retryable && !lost;
        let mut report = Self::new(code, retryable, &violations(endpoint, validation));
        let mut last: &[u8] = b"";
        for (name, place, key) in PIECES {
            let token = text_of(if place == APPLICATION { application } else { body }, key);
            // Empty text says nothing, and a proxy's own code is not the loyalty service's.
            if name != last && token.len() > 2 && inside(token) != code.name {
                report.add(name, token);
                last = name;
            }
        }
        report
    }

    /// The JSON.
    pub(crate) fn json(&self) -> &[u8] {
        &self.0
    }
}

/// Whether a piece stands in `details.applicationError`, or in the body itself.
const APPLICATION: bool = true;
const BODY: bool = false;

/// What a report takes from an answer: under which name, from where; the first that is there.
static PIECES: [(&[u8], bool, &[u8]); 7] = [
    (b"message", BODY, b"detail"),
    (b"message", APPLICATION, b"description"),
    (b"message", BODY, b"message"),
    (b"upstreamCode", BODY, b"upstreamCode"),
    (b"upstreamCode", APPLICATION, b"code"),
    (b"requestId", BODY, b"requestId"),
    (b"retryAt", BODY, b"retryAt"),
];

/// The string of a key in an object, with its quotes; empty where there is none.
#[inline(never)]
pub(crate) fn text_of<'a>(object: &'a [u8], key: &[u8]) -> &'a [u8] {
    let value = scan::get(object, key);
    if value.first() == Some(&b'"') { value } else { b"" }
}

fn or<'a>(first: &'a [u8], second: &'a [u8]) -> &'a [u8] {
    if first.is_empty() { second } else { first }
}

/// A string token without its quotes.
fn inside(token: &[u8]) -> &[u8] {
    token.get(1..token.len().wrapping_sub(1)).unwrap_or_default()
}

/// The violations that an answer lists, each with a comma behind it.
fn violations(endpoint: Endpoint, validation: &[u8]) -> Bytes {
    let mut out = Bytes::new();
    let list = scan::get(validation, b"fieldViolations");
    let mut scan = Scan::new(list);
    if scan.next() != b'[' {
        return out;
    }
    let mut items = scan.open();
    while scan.more(&mut items) {
        scan.next();
        let start = scan.at;
        scan.skip();
        let item = scan.since(start);
        put(&mut out, b"{\"field\":\"");
        put_sdk_path(&mut out, endpoint, inside(text_of(item, b"field")));
        put(&mut out, b"\",\"rule\":");
        put(&mut out, or(or(text_of(item, b"violatedRule"), text_of(item, b"ruleName")), b"\"FORMAT\""));
        put(&mut out, b",\"description\":");
        put(&mut out, or(text_of(item, b"description"), b"\"is refused\""));
        let threshold = scan::get(scan::get(item, b"data"), b"threshold");
        if matches!(threshold.first(), Some(b'-' | b'0'..=b'9')) {
            put(&mut out, b",\"threshold\":");
            put(&mut out, threshold);
        }
        put(&mut out, b"},");
    }
    out
}

/// The path to a field as the caller of the function knows it: `amount` is `options.amount`.
fn put_sdk_path(out: &mut Bytes, endpoint: Endpoint, wire: &[u8]) {
    let cut = wire.iter().position(|byte| *byte == b'.' || *byte == b'[').unwrap_or(wire.len());
    let (head, tail) = wire.split_at_checked(cut).unwrap_or_default();
    let mut fields = endpoint.request.fields();
    let known = fields.seek(head);
    for arg in endpoint.args() {
        if arg.spread() && !head.is_empty() {
            put(out, arg.name);
            out.push(b'.');
            break;
        }
        if known && arg.bit == fields.field.bit {
            put(out, arg.name);
            return put(out, tail);
        }
    }
    put(out, wire);
}
