//! What is written down about a call: one record before a write, one after every verdict (P35).

use crate::caller::Caller;
use crate::flow::{Context, Reply};
use crate::problem::Problem;
use loyalty_contract::Operation;
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

    pub(crate) fn operation(&self, operation: Operation, action: Option<&str>) {
        self.note("operation", json!(operation.endpoint().name));
        if let Some(action) = action {
            self.note("action", json!(action));
        }
    }

    pub(crate) fn caller(&self, caller: &Caller) {
        self.note("caller", json!(caller));
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
        if !context.config.audit || !record.contains_key("caller") {
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
    /// Writes down what is about to be done. A sink that fails denies the write.
    pub(crate) async fn intend(&self, payload: &Value) -> Result<(), Problem> {
        if !self.config.audit {
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
        self.shell.audit(Value::Object(self.trail.record(self, "intent"))).await
    }
}
