//! Refusals, in the two shapes that the service answers with.

use std::borrow::Cow;

use loyalty_contract::validate::{ViolatedRule, Violation};
use serde_json::{Value, json};

use crate::behaviour::VALIDATION;
use crate::http::Response;
use crate::ledger::change::{MAX_BALANCE, Refusal};

/// Why a call was refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Failure {
    /// `details.applicationError`
    Application {
        /// The status.
        status: u16,
        /// The code that programs read.
        code: Cow<'static, str>,
        /// The sentence that people read.
        description: String,
    },
    /// `details.validationError`, always 400.
    Validation(Vec<Violation>),
    /// The path exists, but takes only these methods.
    WrongMethod(Vec<String>),
}

impl Failure {
    fn new(status: u16, code: &'static str, description: impl Into<String>) -> Self {
        Self::Application { status, code: Cow::Borrowed(code), description: description.into() }
    }

    /// There is no such thing.
    pub(crate) fn not_found(description: impl Into<String>) -> Self {
        Self::new(404, "NOT_FOUND", description)
    }

    /// The path exists, but not with this method.
    pub(crate) fn wrong_method(allowed: &[&str]) -> Self {
        Self::WrongMethod(allowed.iter().map(|method| (*method).to_owned()).collect())
    }

    /// No token, or not one of this sandbox.
    pub(crate) fn unauthenticated(description: impl Into<String>) -> Self {
        Self::new(401, "UNAUTHENTICATED", description)
    }

    /// The token is good, but not for this.
    pub(crate) fn permission_denied(description: impl Into<String>) -> Self {
        Self::new(403, "PERMISSION_DENIED", description)
    }

    /// The body is no JSON object, or the like.
    pub(crate) fn invalid_argument(description: impl Into<String>) -> Self {
        Self::new(400, "INVALID_ARGUMENT", description)
    }

    /// The contact has an account.
    pub(crate) fn already_exists(description: impl Into<String>) -> Self {
        Self::new(409, "ALREADY_EXISTS", description)
    }

    /// The key was used before on this account.
    pub(crate) fn transaction_exists() -> Self {
        let description =
            "A transaction with this idempotencyKey exists for the account; nothing was changed.";
        Self::new(409, "TRANSACTION_ALREADY_EXISTS", description)
    }

    /// The revision is stale.
    pub(crate) fn aborted(current: u64) -> Self {
        let description = format!("The revision is {current} by now. Read it again and decide anew.");
        Self::new(409, "ABORTED", description)
    }

    /// The balance would fall below 0.
    pub(crate) fn insufficient_points(balance: i64) -> Self {
        Self::new(428, "INSUFFICIENT_POINTS", format!("The balance is {balance}; it can't fall below 0."))
    }

    /// The program is a draft or paused.
    pub(crate) fn program_not_active(status: &str) -> Self {
        let description = format!("The loyalty program is {status}; points move only while it is ACTIVE.");
        Self::new(428, "PROGRAM_NOT_ACTIVE", description)
    }

    /// The thing is not in the state that the call needs.
    pub(crate) fn precondition(description: impl Into<String>) -> Self {
        Self::new(428, "FAILED_PRECONDITION", description)
    }

    /// Too many calls.
    pub(crate) fn throttled(per_minute: u32) -> Self {
        let description =
            format!("More than {per_minute} calls in a minute with this credential. Wait and try again.");
        Self::new(429, "RESOURCE_EXHAUSTED", description)
    }

    /// The sandbox went wrong. A bug.
    pub(crate) fn internal(description: impl Into<String>) -> Self {
        Self::new(500, "INTERNAL", description)
    }

    /// The same failure under another status and code. [`VALIDATION`] stands for the shape that has no code.
    #[must_use]
    pub(crate) fn reworded(self, status: u16, code: &str) -> Self {
        if code == VALIDATION {
            return match self {
                Self::Application { description, .. } => {
                    Violation::new("", ViolatedRule::Unsupported, description).into()
                }
                other => other,
            };
        }
        let (_, description) = self.told();
        Self::Application { status, code: Cow::Owned(code.to_owned()), description }
    }

    /// The status of the answer.
    #[must_use]
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Application { status, .. } => *status,
            Self::Validation(_) => 400,
            Self::WrongMethod(_) => 405,
        }
    }

    /// Code and sentence, for an error inside an answer.
    #[must_use]
    pub(crate) fn told(&self) -> (String, String) {
        match self {
            Self::Application { code, description, .. } => (code.to_string(), description.clone()),
            Self::Validation(_) | Self::WrongMethod(_) => {
                let message =
                    self.body().get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
                ("INVALID_ARGUMENT".to_owned(), message)
            }
        }
    }

    /// The answer's body.
    #[must_use]
    pub(crate) fn body(&self) -> Value {
        let application = |code: &str, description: &str| {
            json!({
                "message": description,
                "details": { "applicationError": { "code": code, "description": description, "data": {} } },
            })
        };
        match self {
            Self::Application { code, description, .. } => application(code, description),
            Self::WrongMethod(allowed) => {
                application("METHOD_NOT_ALLOWED", &format!("This path takes {}.", allowed.join(" and ")))
            }
            Self::Validation(violations) => {
                let told: Vec<String> = violations
                    .iter()
                    .map(|violation| format!("\"{}\" {}", violation.field, violation.description))
                    .collect();
                let all: Vec<Value> = violations.iter().map(Violation::to_json).collect();
                json!({
                    "message": format!("INVALID_ARGUMENT: {}", told.join(", ")),
                    "details": { "validationError": { "fieldViolations": all } },
                })
            }
        }
    }

    /// The answer.
    #[must_use]
    pub(crate) fn response(&self) -> Response {
        let answer = Response::json(self.status(), &self.body());
        match self {
            Self::WrongMethod(allowed) => answer.header("allow", allowed.join(", ")),
            _ => answer,
        }
    }
}

impl From<Violation> for Failure {
    fn from(violation: Violation) -> Self {
        Self::Validation(vec![violation])
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound(what) => Self::not_found(format!("There is no such {what}.")),
            Refusal::AccountExists => Self::already_exists("The contact has a loyalty account already."),
            Refusal::KeyUsed => Self::transaction_exists(),
            Refusal::StaleRevision { current } => Self::aborted(current),
            Refusal::Insufficient { balance } => Self::insufficient_points(balance),
            Refusal::TooMany => {
                let text = format!("would bring the balance above {MAX_BALANCE}");
                let mut violation = Violation::new("amount", ViolatedRule::Max, text);
                violation.threshold = Some(MAX_BALANCE);
                violation.into()
            }
            Refusal::NotActive(status) => Self::program_not_active(status.as_str()),
            Refusal::Taken(description) => Self::already_exists(description),
            Refusal::Precondition(description) => Self::precondition(description),
            Refusal::WrongPrice { at, what } => {
                Violation::new(&format!("configsByTier[{at}].tierId"), ViolatedRule::Unsupported, what).into()
            }
        }
    }
}
