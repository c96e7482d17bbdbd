//! Reads answers that report a failure. A page's shell does the same in JavaScript; the conformance cases hold the two
//! together.

use super::problem::{Problem, Violation, decoded};
use crate::codec::Text;
use crate::codec::scan::Scan;
use alloc::vec::Vec;
use loyalty_contract::ErrorCode;
use loyalty_contract::endpoint::{Effect, Endpoint, Retry};

/// Reads an answer of this proxy, another proxy or the loyalty service, or of anything else that stands between: then
/// the status decides.
pub(crate) fn read_failure(endpoint: &Endpoint, status: u16, text: &[u8]) -> Problem {
    let mut scan = Scan::new(Text::new(text));
    scan.skip();
    let body = if scan.is_whole() { text } else { b"" };
    let details = get(body, b"details");
    let application = get(details, b"applicationError");
    let validation = get(details, b"validationError");
    let first = |places: &[(&[u8], &[u8])]| {
        places.iter().map(|(object, key)| decoded(text_of(object, key))).find(|text| !text.is_empty())
    };
    let named = if validation.first() == Some(&b'{') {
        Some("validationError".into())
    } else {
        first(&[(body, b"code"), (body, b"upstreamCode"), (application, b"code")])
    };
    let code = ErrorCode::classify(status, named.as_deref());
    // A gateway that lost a redemption or a bulk job doesn't know whether it was carried out.
    let lost = endpoint.effect == Effect::Write(Retry::Never) && matches!(status, 408 | 502 | 504..);
    let retryable = match get(body, b"retryable") {
        b"true" => true,
        b"false" => false,
        _ => code.retryable() && !lost,
    };
    let message = first(&[(body, b"detail"), (application, b"description"), (body, b"message")]);
    let upstream_code = [text_of(body, b"upstreamCode"), text_of(application, b"code")];
    // A proxy's own code is not the loyalty service's.
    let upstream_code =
        upstream_code.into_iter().map(decoded).find(|named| !named.is_empty() && named != code.as_str());
    Problem {
        upstream_code,
        request_id: first(&[(body, b"requestId")]),
        retry_at: first(&[(body, b"retryAt")]),
        retryable,
        ..Problem::new(code, message, violations(endpoint, validation))
    }
}

/// The violations that an answer lists, by the names of the function's arguments.
fn violations(endpoint: &Endpoint, validation: &[u8]) -> Vec<Violation> {
    let list = get(validation, b"fieldViolations");
    let mut found = Vec::new();
    let mut scan = Scan::new(Text::new(list));
    if scan.next() == b'[' {
        let mut items = scan.open();
        while scan.more(&mut items) {
            scan.next();
            let start = scan.at;
            scan.skip();
            found.push(Violation::read(endpoint, scan.since(start)));
        }
    }
    found
}

/// The value of a key in an object; empty where the text is no object that has it. The last wins, as in JavaScript.
pub(crate) fn get<'a>(object: &'a [u8], key: &[u8]) -> &'a [u8] {
    let mut scan = Scan::new(Text::new(object));
    let mut found: &[u8] = b"";
    if scan.next() == b'{' {
        let mut inside = scan.open();
        while scan.more(&mut inside) {
            let name = scan.key();
            scan.next();
            let start = scan.at;
            scan.skip();
            if name == key {
                found = scan.since(start);
            }
        }
    }
    if scan.broken { b"" } else { found }
}

/// The string of a key in an object, with its quotes; empty where there is none.
pub(crate) fn text_of<'a>(object: &'a [u8], key: &[u8]) -> &'a [u8] {
    let value = get(object, key);
    // Empty text says nothing.
    if value.first() == Some(&b'"') && value.len() > 2 { value } else { b"" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_two_members_wins() {
        assert_eq!(get(br#"{"a":1, "b":[{}] ,"a": "x"}"#, b"a"), b"\"x\"");
        assert_eq!(get(br#"{"a":1, "b":[{}] }"#, b"b"), b"[{}]");
        for text in ["[1]", "1", "", "{\"a\":1", "{\"b\":1}"] {
            assert_eq!(get(text.as_bytes(), b"a"), b"");
        }
    }
}
