//! Everything that goes wrong, as one kind of answer: RFC 9457, with what both clients read (P34).

use loyalty_contract::validate::Violation;
use loyalty_contract::{ErrorCode, Timestamp};
use serde_json::{Map, Value, json};

/// A refusal or a failure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    pub(crate) code: ErrorCode,
    pub(crate) detail: String,
    pub(crate) violations: Vec<Fault>,
    pub(crate) upstream_code: Option<String>,
    pub(crate) retry_after: Option<i64>,
    pub(crate) retry_at: Option<Timestamp>,
    pub(crate) retryable: bool,
    pub(crate) allow: Option<String>,
    /// Which rate limit is full.
    pub(crate) limit: Option<&'static str>,
    /// What a program can go on with: `data` of the upstream's shape.
    pub(crate) data: Map<String, Value>,
}

/// A field that is not as it must be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    pub(crate) field: String,
    pub(crate) rule: String,
    pub(crate) description: String,
    pub(crate) threshold: Option<i64>,
}

impl From<Violation> for Fault {
    fn from(violation: Violation) -> Self {
        Self {
            rule: violation.rule.as_str().to_owned(),
            description: violation.description,
            threshold: violation.threshold,
            field: violation.field,
        }
    }
}

impl Problem {
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            violations: Vec::new(),
            upstream_code: None,
            retry_after: None,
            retry_at: None,
            retryable: code.retryable(),
            allow: None,
            limit: None,
            data: Map::new(),
        }
    }

    /// One argument is wrong. The field is its path on the wire; empty for the body as a whole.
    pub(crate) fn argument(field: &str, rule: &str, description: &str) -> Self {
        Self::arguments(vec![Fault {
            field: field.to_owned(),
            rule: rule.to_owned(),
            description: description.to_owned(),
            threshold: None,
        }])
    }

    /// Several arguments are wrong.
    pub(crate) fn arguments(faults: Vec<Fault>) -> Self {
        let detail = faults
            .iter()
            .map(|fault| match fault.field.as_str() {
                "" => fault.description.clone(),
                field => format!("{field}: {}", fault.description),
            })
            .collect::<Vec<_>>()
            .join("; ");
        Self { violations: faults, ..Self::new(ErrorCode::InvalidArgument, detail) }
    }

    /// There is no such thing, or it isn't the caller's: one answer for both (P3).
    pub(crate) fn not_found() -> Self {
        Self::new(ErrorCode::NotFound, "there is no such thing, or it is not yours")
    }

    pub(crate) fn retry_after(mut self, seconds: i64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn retryable(mut self, retryable: bool) -> Self {
        self.retryable = retryable;
        self
    }

    /// Adds to what a program can go on with.
    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        self.data.insert(name.to_owned(), value);
        self
    }

    /// The status to answer with.
    pub(crate) fn status(&self) -> u16 {
        match self.code.status() {
            0 => 500,
            status => status,
        }
    }

    /// The body.
    pub(crate) fn body(&self, request_id: &str) -> String {
        let code = self.code.as_str();
        let mut body = Map::new();
        let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
        put("type", json!(format!("urn:loyalty-edge:error:{}", code.to_ascii_lowercase().replace('_', "-"))));
        put("title", json!(title(code)));
        put("status", json!(self.status()));
        put("code", json!(code));
        put("detail", json!(self.detail));
        put("retryable", json!(self.retryable));
        put("requestId", json!(request_id));
        put("message", json!(self.detail));
        put("details", self.details());
        if let Some(upstream) = &self.upstream_code {
            put("upstreamCode", json!(upstream));
        }
        if let Some(at) = self.retry_at {
            put("retryAt", json!(at.to_iso()));
        }
        if !self.violations.is_empty() {
            put("violations", self.violations.iter().map(Fault::to_json).collect());
        }
        Value::Object(body).to_string()
    }

    /// The upstream's own shape, for clients that were written for it.
    fn details(&self) -> Value {
        if self.violations.is_empty() || self.code != ErrorCode::InvalidArgument {
            let code = self.upstream_code.as_deref().unwrap_or(self.code.as_str());
            return json!({ "applicationError": { "code": code, "description": self.detail, "data": self.data } });
        }
        let violations: Vec<Value> = self.violations.iter().map(Fault::to_upstream).collect();
        json!({ "validationError": { "fieldViolations": violations } })
    }
}

impl Fault {
    fn to_json(&self) -> Value {
        let mut value = json!({ "field": self.field, "rule": self.rule, "description": self.description });
        if let (Some(threshold), Some(map)) = (self.threshold, value.as_object_mut()) {
            map.insert("threshold".to_owned(), json!(threshold));
        }
        value
    }

    fn to_upstream(&self) -> Value {
        let data = self.threshold.map_or_else(|| json!({}), |threshold| json!({ "threshold": threshold }));
        json!({
            "field": self.field,
            "description": self.description,
            "violatedRule": self.rule,
            "ruleName": self.rule,
            "data": data,
        })
    }
}

/// `PERMISSION_DENIED` → `Permission denied`
fn title(code: &str) -> String {
    let lower = code.to_ascii_lowercase().replace('_', " ");
    let mut letters = lower.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
