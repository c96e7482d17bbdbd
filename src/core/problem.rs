//! What went wrong, as Rust callers see it.

use super::report::text_of;
use crate::codec::scan::{self, Scan};
use crate::codec::text::unescape;
use crate::codec::violation::Rule;
use alloc::string::String;
use alloc::vec::Vec;
use loyalty_contract::ErrorCode;

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

/// A value that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where: `options.amount`, `query.sort[0].fieldName`.
    pub field: String,
    /// Which rule.
    pub rule: Rule,
    /// The limit, where the rule has one.
    pub threshold: Option<i64>,
    description: String,
}

impl Problem {
    /// A fault of this package.
    pub(crate) fn internal() -> Self {
        Self::read(b"{\"code\":\"INTERNAL\"}")
    }

    /// Reads a report.
    pub(crate) fn read(json: &[u8]) -> Self {
        let read = |name: &[u8]| Some(text_of(json, name)).filter(|token| !token.is_empty()).map(decoded);
        let code = read(b"code").and_then(ErrorCode::from_name).unwrap_or(ErrorCode::Internal);
        let violations = Violation::read_all(scan::get(json, b"violations"));
        let message = read(b"message").unwrap_or_else(|| match sentence(&violations) {
            none if none.is_empty() => String::from(code.doc().trim()),
            said => said,
        });
        Self {
            code,
            message,
            upstream_code: read(b"upstreamCode"),
            request_id: read(b"requestId"),
            retry_at: read(b"retryAt"),
            retryable: scan::get(json, b"retryable") == b"true",
            violations,
        }
    }
}

impl Violation {
    /// What is wrong, to be read behind the field's name.
    #[must_use]
    pub fn description(&self) -> String {
        self.description.clone()
    }

    /// Reads a list of violations as reports have it.
    fn read_all(list: &[u8]) -> Vec<Self> {
        let mut found = Vec::new();
        let mut scan = Scan::new(list);
        if list.is_empty() {
            return found;
        }
        let mut items = scan.open();
        while scan.more(&mut items) {
            scan.next();
            let start = scan.at;
            scan.skip();
            let item = scan.since(start);
            let read = |name: &[u8]| decoded(text_of(item, name));
            let threshold = core::str::from_utf8(scan::get(item, b"threshold")).ok();
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

/// What a string token says.
fn decoded(token: &[u8]) -> String {
    // Both shells hand over encoded text: this is UTF-8.
    String::from_utf8(unescape(Scan::new(token).string())).unwrap_or_default()
}
