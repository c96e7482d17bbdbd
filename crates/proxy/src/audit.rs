//! What is written down about a call: one record before a write, one after every verdict (P35).

use crate::config::Audit;
use crate::effect::Summary;
use crate::flow::{Context, Reply};
use crate::known::Known;
use crate::problem::Problem;
use loyalty_contract::{ErrorCode, Operation};
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::rc::Rc;

/// The facts of one call, as they come to light.
#[derive(Debug, Default)]
pub(crate) struct Trail(RefCell<Facts>);

#[derive(Debug, Default)]
struct Facts {
    operation: Option<&'static str>,
    action: Option<String>,
    caller: Option<Who>,
    others: Vec<(&'static str, Value)>,
}

/// Who calls: nothing is written down of a caller before a record is.
#[derive(Debug)]
enum Who {
    Known(Rc<Known>),
    Said(Value),
}

impl Who {
    fn fact(&self) -> Value {
        match self {
            Self::Known(caller) => json!(***caller),
            Self::Said(fact) => fact.clone(),
        }
    }

    fn role(&self) -> Option<Value> {
        match self {
            Self::Known(caller) => Some(json!(caller.role)),
            Self::Said(fact) => fact.get("role").cloned(),
        }
    }
}

impl Facts {
    fn other(&self, key: &str) -> Option<&Value> {
        self.others.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }
}

impl Trail {
    fn change(&self, change: impl FnOnce(&mut Facts)) {
        if let Ok(mut facts) = self.0.try_borrow_mut() {
            change(&mut facts);
        }
    }

    pub(crate) fn note(&self, key: &'static str, value: Value) {
        self.change(|facts| {
            facts.others.retain(|(name, _)| *name != key);
            facts.others.push((key, value));
        });
    }

    /// A fact that has come to light already.
    pub(crate) fn known(&self, key: &str) -> Option<Value> {
        self.0.try_borrow().ok()?.other(key).cloned()
    }

    pub(crate) fn operation(&self, operation: Operation, action: Option<&str>) {
        self.route(operation.endpoint().name);
        if let Some(action) = action {
            self.action(action);
        }
    }

    /// Which of our own routes it is, or how a method of upstream's is called here.
    pub(crate) fn route(&self, name: &'static str) {
        self.change(|facts| facts.operation = Some(name));
    }

    pub(crate) fn action(&self, name: &str) {
        self.change(|facts| facts.action = Some(name.to_owned()));
    }

    pub(crate) fn caller(&self, caller: &Rc<Known>) {
        self.change(|facts| facts.caller = Some(Who::Known(Rc::clone(caller))));
    }

    /// Somebody who is no caller of a page's.
    pub(crate) fn somebody(&self, fact: Value) {
        self.change(|facts| facts.caller = Some(Who::Said(fact)));
    }

    /// What the log tells of a request.
    pub(crate) fn summary(&self, context: &Context, code: Option<ErrorCode>) -> Summary {
        let (sent, shared, ids) = context.shell.traffic();
        let mut summary = Summary {
            code: code.map(ErrorCode::as_str),
            upstream_calls: Some(sent),
            shared_answers: Some(shared).filter(|shared| *shared > 0),
            upstream_request_ids: ids,
            ..Summary::default()
        };
        let Ok(facts) = self.0.try_borrow() else { return summary };
        summary.operation = facts.operation;
        summary.action.clone_from(&facts.action);
        summary.role = facts.caller.as_ref().and_then(Who::role);
        // Known is the transaction of a payment that this call made or found, not that of an answer that is repeated.
        let is_earn = facts.operation == Some(Operation::Earn.endpoint().name);
        if is_earn && facts.other("transactionId").is_some() {
            summary.points = facts.other("amount").cloned();
        }
        summary
    }

    fn record(&self, context: &Context, phase: &str) -> Map<String, Value> {
        let mut record = Map::new();
        let mut put = |key: &str, value: Value| record.insert(key.to_owned(), value);
        if let Ok(facts) = self.0.try_borrow() {
            facts.operation.map(|name| put("operation", json!(name)));
            facts.action.as_ref().map(|name| put("action", json!(name)));
            facts.caller.as_ref().map(|caller| put("caller", caller.fact()));
            for (key, value) in &facts.others {
                put(key, value.clone());
            }
        }
        put("phase", json!(phase));
        put("at", json!(context.shell.now().to_iso()));
        put("requestId", json!(context.request.request_id));
        put("site", json!(context.config.site_id));
        record
    }

    /// The record of a verdict. `None` where there is no sink, or the call came to no verdict.
    pub(crate) fn outcome(&self, context: &Context, result: &Result<Reply, Problem>) -> Option<Value> {
        if context.config.audit == Audit::None {
            return None;
        }
        let mut record = self.record(context, "outcome");
        if !record.contains_key("caller") {
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
