//! What went wrong, in the terms of the contract's codes: made here for every shell, and nowhere else.
//!
//! It is made as JSON, of pieces of the answer as they stand there. The JavaScript shell takes it so; Rust callers
//! get a `Problem`.

use crate::codec::Bytes;
use crate::codec::scan::{self, Scan};
use crate::codec::schema::{Code, Endpoint};
use crate::codec::tags;
use crate::codec::text::{plain, put, put_quoted};
use crate::codec::walk::Walker;
use loyalty_contract::ErrorCode;

/// Writes a failure as JSON into the walker's output: `code`, `retryable`, and where they are known `message`,
/// `upstreamCode`, `requestId`, `retryAt`, `violations`.
fn put_failure(walker: &mut Walker<'_>, code: Code, retryable: bool) {
    walker.out.truncate(0);
    walker.wanted = 0..0;
    let out = &mut walker.out;
    put(out, b"{\"code\":");
    put_quoted(out, code.name);
    put(out, b",\"retryable\":");
    put(out, if retryable { b"true" } else { b"false" });
    // Each violation has a comma behind it.
    if !walker.violations.is_empty() {
        walker.violations.pop();
        put(out, b",\"violations\":[");
        put(out, &walker.violations);
        out.push(b']');
    }
}

/// A failure that the core finds by itself, with the walker's violations.
#[inline(never)]
pub(crate) fn refuse(walker: &mut Walker<'_>, code: ErrorCode) {
    put_failure(walker, Code::numbered(code as u8), false);
    walker.out.push(b'}');
}

/// An answer that reports a failure, of this proxy, another proxy or the loyalty service, or of anything else that
/// stands between: then the status decides.
pub(crate) fn read_failure(walker: &mut Walker<'_>, status: u32) {
    let text = walker.scan.text;
    walker.scan.skip();
    let body = if walker.scan.is_whole() { text } else { b"" };
    let details = scan::get(body, b"details");
    let application = scan::get(details, b"applicationError");
    let validation = scan::get(details, b"validationError");
    let named = if validation.first() != Some(&b'{') {
        let token = or(text_of(body, b"code"), text_of(body, b"upstreamCode"));
        inside(or(token, text_of(application, b"code")))
    } else {
        b"validationError"
    };
    let code = Code::of(status, plain(named, &mut Bytes::new()));
    let said = scan::get(body, b"retryable");
    // A gateway that lost a redemption or a bulk job doesn't know whether it was carried out.
    let lost = walker.endpoint.effect() == tags::NEVER && matches!(status, 408 | 502 | 504..);
    let retryable = said == b"true" || said != b"false" && code.retryable && !lost;
    put_violations(&mut walker.violations, walker.endpoint, validation);
    put_failure(walker, code, retryable);
    let out = &mut walker.out;
    let mut last: &[u8] = b"";
    for (name, place, key) in PIECES {
        let token = text_of(if place == APPLICATION { application } else { body }, key);
        // A proxy's own code is not the loyalty service's.
        if name != last && !token.is_empty() && inside(token) != code.name {
            out.push(b',');
            put_quoted(out, name);
            out.push(b':');
            put(out, token);
            last = name;
        }
    }
    out.push(b'}');
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
    // Empty text says nothing.
    if value.first() == Some(&b'"') && value.len() > 2 { value } else { b"" }
}

fn or<'a>(first: &'a [u8], second: &'a [u8]) -> &'a [u8] {
    if first.is_empty() { second } else { first }
}

/// A string token without its quotes.
fn inside(token: &[u8]) -> &[u8] {
    token.get(1..token.len().wrapping_sub(1)).unwrap_or_default()
}

/// Writes the violations that an answer lists, each with a comma behind it.
fn put_violations(out: &mut Bytes, endpoint: Endpoint, validation: &[u8]) {
    let list = scan::get(validation, b"fieldViolations");
    let mut scan = Scan::new(list);
    if scan.next() != b'[' {
        return;
    }
    let mut items = scan.open();
    while scan.more(&mut items) {
        scan.next();
        let start = scan.at;
        scan.skip();
        let item = scan.since(start);
        put(out, b"{\"field\":\"");
        put_sdk_path(out, endpoint, inside(text_of(item, b"field")));
        put(out, b"\",\"rule\":");
        put(out, or(or(text_of(item, b"violatedRule"), text_of(item, b"ruleName")), b"\"FORMAT\""));
        put(out, b",\"description\":");
        put(out, or(text_of(item, b"description"), b"\"is refused\""));
        let threshold = scan::get(scan::get(item, b"data"), b"threshold");
        if matches!(threshold.first(), Some(b'-' | b'0'..=b'9')) {
            put(out, b",\"threshold\":");
            put(out, threshold);
        }
        put(out, b"},");
    }
}

/// The path to a field as the caller of the function knows it: `amount` is `options.amount`.
fn put_sdk_path(out: &mut Bytes, endpoint: Endpoint, wire: &[u8]) {
    let cut = wire.iter().position(|byte| *byte == b'.' || *byte == b'[').unwrap_or(wire.len());
    let (head, tail) = wire.split_at_checked(cut).unwrap_or_default();
    let mut fields = endpoint.request().fields();
    let known = fields.seek(endpoint.request(), head);
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
