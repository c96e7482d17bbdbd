//! What is written down about a call: one record before a write, one after every verdict (P35).

use crate::caller::Caller;
use crate::config::Audit;
use crate::flow::{Context, Reply};
use crate::problem::Problem;
use loyalty_contract::{ErrorCode, Operation};
use serde_json::{Map, Value, json};
use std::cell::RefCell;

/// The facts of one call, as they come to light.
#[derive(Debug, Default)]
pub(crate) struct Trail(RefCell<Map<String, Value>>);

impl Trail {
    pub(crate) fn note(&self, key: &str, value: Value) {
        if let Ok(mut facts) = self.0.try_borrow_mut() {
            facts.insert(key.to_owned(), value);
        }
    }

    /// A fact that has come to light already.
    pub(crate) fn known(&self, key: &str) -> Option<Value> {
        self.0.try_borrow().ok()?.get(key).cloned()
    }

    pub(crate) fn operation(&self, operation: Operation, action: Option<&str>) {
        self.note("operation", json!(operation.endpoint().name));
        if let Some(action) = action {
            self.note("action", json!(action));
        }
    }

    pub(crate) fn caller(&self, caller: &Caller) {
        self.note("caller", json!(caller));
    }

    /// What the log tells of a request: nothing personal, and nothing that a request can say freely.
    pub(crate) fn summary(&self, context: &Context, code: Option<ErrorCode>) -> Value {
        let facts = self.0.try_borrow().map(|facts| facts.clone()).unwrap_or_default();
        let mut summary = Map::new();
        for name in ["operation", "action"] {
            summary.extend(facts.get(name).map(|fact| (name.to_owned(), fact.clone())));
        }
        if let Some(role) = facts.get("caller").and_then(|caller| caller.get("role")) {
            summary.insert("role".to_owned(), role.clone());
        }
        if let Some(code) = code {
            summary.insert("code".to_owned(), json!(code.as_str()));
        }
        // Known is the transaction of a payment that this call made or found, not that of an answer that is repeated.
        let is_earn = facts.get("operation").is_some_and(|name| name == Operation::Earn.endpoint().name);
        if is_earn && facts.contains_key("transactionId") {
            summary.extend(facts.get("amount").map(|amount| ("points".to_owned(), amount.clone())));
        }
        let (sent, shared, ids) = context.shell.traffic();
        summary.insert("upstreamCalls".to_owned(), json!(sent));
        if shared > 0 {
            summary.insert("sharedAnswers".to_owned(), json!(shared));
        }
        if !ids.is_empty() {
            summary.insert("upstreamRequestIds".to_owned(), json!(ids));
        }
        Value::Object(summary)
    }

    fn record(&self, context: &Context, phase: &str) -> Map<String, Value> {
        let mut record = self.0.try_borrow().map(|facts| facts.clone()).unwrap_or_default();
        record.insert("phase".to_owned(), json!(phase));
        record.insert("at".to_owned(), json!(context.shell.now().to_iso()));
        record.insert("requestId".to_owned(), json!(context.request.request_id));
        record.insert("site".to_owned(), json!(context.config.site_id));
        record
    }

    /// The record of a verdict. `None` where there is no sink, or the call came to no verdict.
    pub(crate) fn outcome(&self, context: &Context, result: &Result<Reply, Problem>) -> Option<Value> {
        let mut record = self.record(context, "outcome");
        if context.config.audit == Audit::None || !record.contains_key("caller") {
            return None;
        }
        let (status, code) = match result {
            Ok(reply) => (reply.status, None),
            Err(problem) => (problem.status(), Some(problem.code.as_str())),
        };
        record.insert("status".to_owned(), json!(status));
        if let Some(code) = code {
            record.insert("code".to_owned(), json!(code));
        }
        Some(Value::Object(record))
    }
}

impl Context {
    /// Writes down what is about to be done. A sink that fails denies the write, unless the developer says otherwise.
    pub(crate) async fn intend(&self, payload: &Value) -> Result<(), Problem> {
        if self.config.audit == Audit::None {
            return Ok(());
        }
        for (field, fact) in [
            ("accountId", "accountId"),
            ("amount", "amount"),
            ("balance", "balance"),
            ("idempotencyKey", "key"),
        ] {
            if let Some(value) = payload.get(field) {
                self.trail.note(fact, value.clone());
            }
        }
        let written = self.shell.audit(Value::Object(self.trail.record(self, "intent"))).await;
        if self.config.audit == Audit::Allow { Ok(()) } else { written }
    }
}
