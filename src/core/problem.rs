//! What went wrong, in the terms of the contract's codes: made here for every shell, and nowhere else.

use crate::codec::scan::{self, Scan};
use crate::codec::schema::Endpoint;
use crate::codec::tags;
use crate::codec::text::{Integer, integer, push_integer, push_string, put, string, unescape};
use crate::codec::violation::{Rule, Violation};
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

impl Problem {
    fn new(code: ErrorCode, message: String, violations: Vec<Violation>) -> Self {
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

    /// A fault of this package.
    pub(crate) fn internal() -> Self {
        Self::new(
            ErrorCode::Internal,
            String::from("The client itself failed: the next call works. Please report it."),
            Vec::new(),
        )
    }

    /// Arguments that break rules.
    pub(crate) fn refused(violations: Vec<Violation>) -> Self {
        let mut message = sentence(&violations);
        if violations.is_empty() {
            message.push_str("The arguments nest too deeply.");
        }
        Self::new(ErrorCode::InvalidArgument, message, violations)
    }

    /// An answer that isn't what the contract promises.
    pub(crate) fn invalid(violations: Vec<Violation>) -> Self {
        let mut message = String::from("The answer is not what the contract promises: ");
        message.push_str(if violations.is_empty() { "it is not JSON, or cut short." } else { "" });
        message.push_str(&sentence(&violations));
        Self::new(ErrorCode::InvalidResponse, message, violations)
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
        let own = text_of(body, "code");
        let upstream = text_of(body, "upstreamCode").or_else(|| text_of(application, "code"));
        let named = if validation.is_empty() {
            own.as_deref().or(upstream.as_deref())
        } else {
            Some("validationError")
        };
        let code = ErrorCode::classify(status, named);
        let violations = violations(endpoint, validation);
        let message = text_of(body, "detail")
            .or_else(|| text_of(application, "description"))
            .or_else(|| text_of(body, "message"))
            .filter(|message| !message.is_empty());
        let message = message.unwrap_or_else(|| {
            let mut said = String::from("The answer has status ");
            let mut digits = Vec::new();
            push_integer(&mut digits, i64::from(status));
            said.push_str(&string(digits));
            said.push_str(". ");
            said.push_str(&sentence(&violations));
            said
        });
        Self {
            // A proxy's own code is not the loyalty service's.
            upstream_code: upstream.filter(|upstream| upstream != code.as_str()),
            request_id: text_of(body, "requestId"),
            retry_at: text_of(body, "retryAt"),
            retryable: match scan::get(body, b"retryable") {
                Some(b"true") => true,
                Some(b"false") => false,
                // A gateway that lost a redemption or a bulk job doesn't know whether it was carried out.
                _ => {
                    code.retryable() && !(endpoint.effect == tags::NEVER && matches!(status, 408 | 502 | 504))
                }
            },
            ..Self::new(code, message, violations)
        }
    }

    /// Writes it as JSON, for the JavaScript shell.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::from(b"{\"code\":");
        push_string(&mut out, self.code.as_str());
        for (name, value) in [
            (",\"message\":", Some(&self.message)),
            (",\"upstreamCode\":", self.upstream_code.as_ref()),
            (",\"requestId\":", self.request_id.as_ref()),
            (",\"retryAt\":", self.retry_at.as_ref()),
        ] {
            if let Some(value) = value {
                put(&mut out, name.as_bytes());
                push_string(&mut out, value);
            }
        }
        put(&mut out, if self.retryable { b",\"retryable\":true" } else { b",\"retryable\":false" });
        for (at, violation) in self.violations.iter().enumerate() {
            put(&mut out, if at == 0 { b",\"violations\":[" } else { b"," });
            violation.push_json(&mut out);
        }
        put(&mut out, if self.violations.is_empty() { b"}" } else { b"]}" });
        out
    }
}

/// `options.amount must be at most 5; options.appId is required.`
fn sentence(violations: &[Violation]) -> String {
    let mut out = String::new();
    for (at, violation) in violations.iter().enumerate() {
        if at > 0 {
            out.push_str("; ");
        }
        out.push_str(if violation.field.is_empty() { "the value" } else { &violation.field });
        out.push(' ');
        out.push_str(&violation.description());
    }
    if !out.is_empty() {
        out.push('.');
    }
    out
}

/// The text of a key in an object.
fn text_of(object: &[u8], key: &str) -> Option<String> {
    let mut value = Scan::new(scan::get(object, key.as_bytes())?);
    Some(string(unescape(value.string().ok()?)))
}

fn violations(endpoint: Endpoint, validation: &[u8]) -> Vec<Violation> {
    let mut found = Vec::new();
    let Some(list) = scan::get(validation, b"fieldViolations") else { return found };
    let mut scan = Scan::new(list);
    let Ok(mut items) = scan.items() else { return found };
    while let Ok(true) = scan.item(&mut items) {
        scan.space();
        let start = scan.at;
        if scan.skip(0).is_err() {
            break;
        }
        let item = list.get(start..scan.at).unwrap_or_default();
        let rule = text_of(item, "violatedRule").or_else(|| text_of(item, "ruleName")).unwrap_or_default();
        let threshold = scan::get(item, b"data").and_then(|data| scan::get(data, b"threshold"));
        found.push(Violation {
            field: sdk_path(endpoint, &text_of(item, "field").unwrap_or_default()),
            rule: Rule::from_name(&rule),
            threshold: threshold.and_then(|token| match Scan::new(token).number().map(integer) {
                Ok(Integer::Safe(number)) => Some(number),
                _ => None,
            }),
        });
    }
    found
}

/// The path to a field as the caller of the function knows it: `amount` is `options.amount`.
fn sdk_path(endpoint: Endpoint, wire: &str) -> String {
    let cut = wire.bytes().position(|byte| matches!(byte, b'.' | b'[')).unwrap_or(wire.len());
    let (head, tail) = (wire.get(..cut).unwrap_or_default(), wire.get(cut..).unwrap_or_default());
    for arg in endpoint.args() {
        let mut path = String::from(arg.name);
        if arg.spread() && !head.is_empty() {
            path.push('.');
            path.push_str(wire);
            return path;
        }
        if endpoint.request.field(arg.place).is_some_and(|field| field.name == head) {
            path.push_str(tail);
            return path;
        }
    }
    String::from(wire)
}
