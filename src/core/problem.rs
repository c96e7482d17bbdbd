//! What went wrong, as Rust callers see it.

use super::report::{get, text_of};
use crate::codec::Text;
use crate::codec::escape::unescape;
use crate::codec::scan::Scan;
use crate::codec::violation::Rule;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use loyalty_contract::ErrorCode;
use loyalty_contract::endpoint::{Arg, Endpoint};

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
        Self::new(ErrorCode::Internal, None, Vec::new())
    }

    /// What the walker noted, of the arguments of a method or of an answer.
    pub(crate) fn found(code: ErrorCode, noted: &[u8], arguments_of: Option<&Endpoint>) -> Self {
        let mut violations = Vec::new();
        let mut scan = Scan::new(Text::new(noted));
        while scan.next() == b'[' {
            let mut items = scan.open();
            let mut parts = [&b""[..]; 3];
            for part in &mut parts {
                if scan.more(&mut items) {
                    scan.next();
                    let start = scan.at;
                    scan.skip();
                    *part = scan.since(start);
                }
            }
            scan.take(b']');
            scan.depth = 0;
            scan.expect(b',');
            let [path, rule, limit] = parts.map(|part| core::str::from_utf8(part).unwrap_or_default());
            let rule = rule.parse().ok().and_then(|number: usize| Rule::ALL.get(number).copied());
            let field = match arguments_of {
                Some(endpoint) => argument(endpoint, &decoded(path.as_bytes())),
                None => decoded(path.as_bytes()).trim_start_matches('.').to_string(),
            };
            violations.push(Violation::new(field, rule.unwrap_or(Rule::Type), limit.parse().ok()));
        }
        Self { retryable: false, ..Self::new(code, None, violations) }
    }

    /// The message is made of the violations if there is no other.
    pub(crate) fn new(code: ErrorCode, message: Option<String>, violations: Vec<Violation>) -> Self {
        let message = message.unwrap_or_else(|| match sentence(&violations) {
            none if none.is_empty() => code.doc().trim().into(),
            said => said,
        });
        Self {
            code,
            message,
            upstream_code: None,
            request_id: None,
            retry_at: None,
            retryable: code.retryable(),
            violations,
        }
    }
}

impl Violation {
    fn new(field: String, rule: Rule, threshold: Option<i64>) -> Self {
        let limit = threshold.map(|limit| limit.to_string()).unwrap_or_default();
        Self { field, rule, threshold, description: rule.words().replace('#', &limit) }
    }

    /// What is wrong, to be read behind the field's name.
    #[must_use]
    pub fn description(&self) -> String {
        self.description.clone()
    }

    /// Reads one of those that an answer lists.
    pub(super) fn read(endpoint: &Endpoint, item: &[u8]) -> Self {
        let read = |name: &[u8]| Some(decoded(text_of(item, name))).filter(|text| !text.is_empty());
        // A server may have rules of its own: those are about the form.
        let rule = read(b"violatedRule").or_else(|| read(b"ruleName"));
        let threshold = core::str::from_utf8(get(get(item, b"data"), b"threshold"));
        Self {
            field: endpoint.sdk_path(&read(b"field").unwrap_or_default()),
            rule: rule.and_then(|name| Rule::from_name(&name)).unwrap_or(Rule::Format),
            threshold: threshold.ok().and_then(|number| number.parse().ok()),
            description: read(b"description").unwrap_or_else(|| "is refused".into()),
        }
    }
}

/// The path to an argument as the caller knows it: `[1].amount` is `options.amount`.
fn argument(endpoint: &Endpoint, path: &str) -> String {
    let named = path.strip_prefix('[').and_then(|rest| rest.split_once(']')).and_then(|(number, rest)| {
        let (Arg::Field { js, .. } | Arg::Spread { js, .. }) =
            endpoint.args.get(number.parse::<usize>().ok()?)?;
        Some(format!("{js}{rest}"))
    });
    named.unwrap_or_else(|| path.into())
}

/// `options.amount must be at most 5; options.appId is required.`
fn sentence(violations: &[Violation]) -> String {
    let one = |violation: &Violation| {
        let field = if violation.field.is_empty() { "the answer" } else { &violation.field };
        format!("{field} {}", violation.description)
    };
    let all: Vec<_> = violations.iter().map(one).collect();
    if all.is_empty() { String::new() } else { format!("{}.", all.join("; ")) }
}

/// What a string token says.
pub(super) fn decoded(token: &[u8]) -> String {
    // Both shells hand over encoded text: this is UTF-8.
    String::from_utf8(unescape(Scan::new(Text::new(token)).string())).unwrap_or_default()
}
