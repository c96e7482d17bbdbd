//! What goes upstream and what an answer of it means.

use crate::answered::Answered;
use crate::canonical::canonical;
use crate::effect::{Auth, Event, NoReply, UpstreamCall};
use crate::problem::{Fault, Problem};
use loyalty_contract::endpoint::Method;
use loyalty_contract::{Endpoint, ErrorCode, path};
use serde_json::Value;

/// How long to wait for an answer.
const TIMEOUT_MS: u32 = 8_000;
/// The largest answer: a page of 100 accounts is some 80 KB.
const MAX_ANSWER: usize = 2 * 1024 * 1024;

/// What came of an upstream call.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// An answer that keeps the contract.
    Done {
        /// The answer.
        answer: Answered,
        /// Its `X-Wix-Consistent`.
        consistent: Option<String>,
    },
    /// Upstream said no: nothing changed.
    Refused(Problem),
    /// Nobody knows whether it happened.
    Unknown(Problem),
}

impl Outcome {
    /// The answer of a call that changes nothing: whether it is refused or unknown is all one.
    pub(crate) fn done(self) -> Result<(Answered, Option<String>), Problem> {
        match self {
            Self::Done { answer, consistent } => Ok((answer, consistent)),
            Self::Refused(problem) | Self::Unknown(problem) => Err(problem),
        }
    }
}

/// Builds a call from nothing: path and body from a checked payload, two headers, no byte of the caller's (P20, P21).
pub(crate) fn call(
    endpoint: &'static Endpoint,
    payload: &Value,
    auth: Auth,
    consistent: Option<&str>,
) -> Option<UpstreamCall> {
    let mut path = path::build(endpoint, |name| payload.get(name).and_then(Value::as_str))?;
    let mut headers = vec![("accept", "application/json".to_owned())];
    if let Some(token) = consistent.filter(|token| is_consistency_token(token)) {
        headers.push(("x-wix-consistent", token.to_owned()));
    }
    let body = match endpoint.method {
        Method::Get => {
            let query = path::query_string(endpoint.request, payload);
            if !query.is_empty() {
                path.push('?');
                path.push_str(&query);
            }
            None
        }
        Method::Post => {
            headers.push(("content-type", "application/json".to_owned()));
            Some(canonical(payload))
        }
    };
    let method = endpoint.method.as_str();
    Some(UpstreamCall { method, path, headers, body, auth, timeout_ms: TIMEOUT_MS, max_bytes: MAX_ANSWER })
}

/// Upstream's token for reading one's own writes: opaque, but of harmless letters.
pub(crate) fn is_consistency_token(text: &str) -> bool {
    (1..=1024).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=:,".contains(&byte))
}

/// Reads what came back. No text of upstream goes on: the caller gets our words for its code (P34).
pub(crate) fn read(endpoint: &'static Endpoint, auth: Auth, event: &Event) -> Outcome {
    let (status, headers, text) = match event {
        Event::Replied { status, headers, text } => (*status, headers, text),
        Event::NoReply { why: NoReply::Timeout } => return unknown(ErrorCode::UpstreamTimeout),
        Event::NoReply { why: NoReply::TooLarge | NoReply::NotText } => {
            return unknown(ErrorCode::UpstreamInvalid);
        }
        Event::NoReply { why: NoReply::NoCredential } => return refused(ErrorCode::UpstreamAuth, None),
        _ => return unknown(ErrorCode::UpstreamError),
    };
    let header = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if status == 200 {
        return match Answered::read(endpoint.response, text) {
            Some(answer) => {
                let consistent = header("x-wix-consistent").filter(|token| is_consistency_token(token));
                Outcome::Done { answer, consistent: consistent.map(str::to_owned) }
            }
            None => unknown(ErrorCode::UpstreamInvalid),
        };
    }
    let wait =
        header("retry-after").and_then(|text| text.parse::<i64>().ok()).map(|wait| wait.clamp(1, 3_600));
    let body = serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
    let upstream_code = body.pointer("/details/applicationError/code").and_then(Value::as_str);
    let violations = faults(&body);
    match status {
        401 | 403 if auth == Auth::Credential => refused(ErrorCode::UpstreamAuth, upstream_code),
        429 => {
            Outcome::Refused(problem(ErrorCode::RateLimited, upstream_code).retry_after(wait.unwrap_or(60)))
        }
        501 => refused(ErrorCode::NotImplemented, upstream_code),
        503 => {
            Outcome::Unknown(problem(ErrorCode::Unavailable, upstream_code).retry_after(wait.unwrap_or(5)))
        }
        408 | 504 => unknown(ErrorCode::UpstreamTimeout),
        400 if !violations.is_empty() => Outcome::Refused(Problem::arguments(violations)),
        400..=499 => refused(ErrorCode::classify(status, upstream_code), upstream_code),
        500..=599 => unknown(ErrorCode::UpstreamError),
        // A redirect is not followed, and a success other than 200 is none that the contract knows.
        _ => unknown(ErrorCode::UpstreamInvalid),
    }
}

fn problem(code: ErrorCode, upstream_code: Option<&str>) -> Problem {
    let mut problem = Problem::new(code, code.doc().trim());
    problem.upstream_code = upstream_code.filter(|code| is_name(code)).map(str::to_owned);
    problem
}

fn refused(code: ErrorCode, upstream_code: Option<&str>) -> Outcome {
    Outcome::Refused(problem(code, upstream_code))
}

fn unknown(code: ErrorCode) -> Outcome {
    Outcome::Unknown(problem(code, None))
}

/// `NOT_FOUND`: a name that says nothing but itself.
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The fields that upstream refuses, without its words about them.
fn faults(body: &Value) -> Vec<Fault> {
    let list = body.pointer("/details/validationError/fieldViolations").and_then(Value::as_array);
    let fault = |item: &Value| {
        let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
        let (field, rule) = (text("field"), text("violatedRule"));
        let sound = field.len() <= 128
            && field.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._[]$-".contains(&byte))
            && is_name(rule);
        sound.then(|| Fault {
            field: field.to_owned(),
            rule: rule.to_owned(),
            description: "is refused by the loyalty service".to_owned(),
            threshold: item.pointer("/data/threshold").and_then(Value::as_i64),
        })
    };
    list.into_iter().flatten().take(50).filter_map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use loyalty_contract::Operation;
    use serde_json::json;

    const ID: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

    fn reply(status: u16, text: &str) -> Event {
        Event::Replied { status, headers: vec![], text: text.into() }
    }

    fn code(outcome: &Outcome) -> (&'static str, ErrorCode) {
        match outcome {
            Outcome::Done { .. } => ("done", ErrorCode::Internal),
            Outcome::Refused(problem) => ("refused", problem.code),
            Outcome::Unknown(problem) => ("unknown", problem.code),
        }
    }

    #[test]
    fn p20_a_path_takes_nothing_but_a_guid() {
        let endpoint = Operation::GetAccount.endpoint();
        let path =
            |id: &str| call(endpoint, &json!({ "id": id }), Auth::Credential, None).map(|call| call.path);
        assert_eq!(path(ID), Some(format!("/loyalty-accounts/v1/accounts/{ID}?id={ID}")));
        for bad in ["../x", "%2e%2e", "//host", "@host", "a\r\nb", "", "..", "my-account"] {
            assert_eq!(path(bad), None, "{bad}");
        }
    }

    #[test]
    fn p23_what_answers_mean() {
        use ErrorCode as E;
        let endpoint = Operation::GetLoyaltyProgram.endpoint();
        let application = |code: &str| {
            json!({"message": "leak", "details": {"applicationError": {"code": code}}}).to_string()
        };
        for (event, expected) in [
            (reply(200, "null"), ("unknown", E::UpstreamInvalid)),
            (reply(200, "<html>"), ("unknown", E::UpstreamInvalid)),
            (reply(200, "{\"loyaltyProgram\":"), ("unknown", E::UpstreamInvalid)),
            (reply(200, "{\"loyaltyProgram\":5}"), ("unknown", E::UpstreamInvalid)),
            (reply(204, ""), ("unknown", E::UpstreamInvalid)),
            (reply(302, ""), ("unknown", E::UpstreamInvalid)),
            (reply(401, ""), ("refused", E::UpstreamAuth)),
            (reply(403, &application("PERMISSION_DENIED")), ("refused", E::UpstreamAuth)),
            (reply(404, "<html>"), ("refused", E::NotFound)),
            (reply(409, &application("ABORTED")), ("refused", E::RevisionConflict)),
            (reply(428, &application("PROGRAM_NOT_ACTIVE")), ("refused", E::ProgramNotActive)),
            (reply(428, &application("FAILED_PRECONDITION")), ("refused", E::FailedPrecondition)),
            (reply(400, &application("FAILED_PRECONDITION")), ("refused", E::FailedPrecondition)),
            (reply(428, "<html>"), ("refused", E::FailedPrecondition)),
            (reply(429, ""), ("refused", E::RateLimited)),
            (reply(500, "stack"), ("unknown", E::UpstreamError)),
            (reply(501, ""), ("refused", E::NotImplemented)),
            (reply(502, "<html>"), ("unknown", E::UpstreamError)),
            (reply(503, ""), ("unknown", E::Unavailable)),
            (Event::NoReply { why: NoReply::Timeout }, ("unknown", E::UpstreamTimeout)),
            (Event::NoReply { why: NoReply::TooLarge }, ("unknown", E::UpstreamInvalid)),
            (Event::NoReply { why: NoReply::Network }, ("unknown", E::UpstreamError)),
            (Event::NoReply { why: NoReply::NoCredential }, ("refused", E::UpstreamAuth)),
        ] {
            assert_eq!(code(&read(endpoint, Auth::Credential, &event)), expected, "{event:?}");
        }
        let members = read(endpoint, Auth::Caller, &reply(401, ""));
        assert_eq!(code(&members), ("refused", E::Unauthenticated), "the member's token, not ours");
    }

    #[test]
    fn p34_no_text_of_upstream_goes_on() {
        let endpoint = Operation::AdjustPoints.endpoint();
        let body = json!({"message": "SECRET", "details": {"validationError": {"fieldViolations": [
            {"field": "amount", "violatedRule": "MAX", "description": "SECRET", "data": {"threshold": 7}},
            {"field": "SECRET here", "violatedRule": "MAX"},
        ]}}});
        let Outcome::Refused(problem) = read(endpoint, Auth::Credential, &reply(400, &body.to_string()))
        else {
            panic!("a 400 is a refusal");
        };
        assert!(!problem.body("r").contains("SECRET"), "{}", problem.body("r"));
        assert_eq!((problem.violations.len(), problem.violations[0].threshold), (1, Some(7)));
        let strange =
            json!({"details": {"applicationError": {"code": "SECRET: x", "description": "SECRET"}}});
        let Outcome::Refused(problem) = read(endpoint, Auth::Credential, &reply(409, &strange.to_string()))
        else {
            panic!("a 409 is a refusal");
        };
        assert!(!problem.body("r").contains("SECRET"));
    }
}
