//! What a policy comes to, for the person who wrote it: the matrix of callers and operations, what is risky in it, and
//! why one decision is as it is. The matrix asks the same function that answers requests.

use super::explain::explain;
use super::risks::risks;
use super::{Mistake, Policy};
use crate::caller::{Caller, Role};
use crate::decide::{Scope, Verdict, decide};
use loyalty_contract::{ENDPOINTS, Operation};
use serde_json::{Map, Value, json};

/// One thing that a caller can ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// `getAccount` or `earn:daily-visit`.
    pub(super) name: String,
    pub(super) operation: Operation,
    pub(super) action: Option<String>,
}

impl Asked {
    pub(super) fn read(policy: &Policy, name: &str) -> Result<Self, String> {
        let asked = all(policy).into_iter().find(|asked| asked.name == name);
        asked.ok_or_else(|| match name.strip_prefix("earn:") {
            Some(action) => {
                let known = policy.action_names().collect::<Vec<_>>().join(", ");
                format!("there is no action \"{action}\"; there are: {known}")
            }
            None => super::read::unknown_operation(name),
        })
    }
}

/// Everything that can be asked for: every operation, every action.
pub(super) fn all(policy: &Policy) -> Vec<Asked> {
    let operations = ENDPOINTS.iter().filter(|endpoint| endpoint.operation != Operation::Earn);
    let operations = operations.map(|endpoint| Asked {
        name: endpoint.name.to_owned(),
        operation: endpoint.operation,
        action: None,
    });
    let actions = policy.action_names().map(|action| Asked {
        name: format!("earn:{action}"),
        operation: Operation::Earn,
        action: Some(action.to_owned()),
    });
    operations.chain(actions).collect()
}

/// Somebody of that role, as `identify` would name them.
pub(super) fn somebody(role: Role) -> Caller {
    let member_id = (role != Role::Visitor).then(|| "somebody".to_owned());
    Caller { role, member_id, ..Caller::visitor() }
}

/// How far the role gets: `any`, `own` or `no`.
pub(super) fn reaches(policy: &Policy, role: Role, asked: &Asked) -> &'static str {
    match decide(policy, &somebody(role), asked.operation, asked.action.as_deref()) {
        Verdict::Allow(Scope::Any) => "any",
        Verdict::Allow(Scope::Own) => "own",
        Verdict::Deny(_) => "no",
    }
}

/// The report on a policy, as JSON. `question` is a role and an operation, or empty.
#[must_use]
pub fn review(value: &Value, question: Option<(&str, &str)>) -> Value {
    let policy = match Policy::parse(value) {
        Ok(policy) => policy,
        Err(mistakes) => {
            let mistakes: Vec<Value> = mistakes.iter().map(Mistake::to_json).collect();
            return json!({ "mistakes": mistakes, "matrix": [], "warnings": [] });
        }
    };
    let row = |asked: Asked| {
        let mut row = Map::new();
        row.insert("operation".to_owned(), json!(asked.name));
        let mut masked = Vec::new();
        for role in Role::ALL {
            let reach = reaches(&policy, role, &asked);
            row.insert(role.as_str().to_owned(), json!(reach));
            if reach != "no" && policy.mask(role, asked.operation).is_some() {
                masked.push(role.as_str());
            }
        }
        row.insert("masked".to_owned(), json!(masked));
        let check = policy.needs_bot_check(asked.operation, asked.action.as_deref());
        row.insert("botCheck".to_owned(), json!(check));
        Value::Object(row)
    };
    let matrix: Vec<Value> = all(&policy).into_iter().map(row).collect();
    let warnings: Vec<Value> = risks(&policy, value).iter().map(super::risks::Risk::to_json).collect();
    let mut report = Map::new();
    report.insert("mistakes".to_owned(), json!([]));
    report.insert("matrix".to_owned(), json!(matrix));
    report.insert("warnings".to_owned(), json!(warnings));
    if let Some((role, name)) = question {
        let explanation = explain(&policy, value, role, name);
        let explanation = explanation.unwrap_or_else(|message| json!({ "error": message }));
        report.insert("explanation".to_owned(), explanation);
    }
    Value::Object(report)
}

impl Mistake {
    fn to_json(&self) -> Value {
        json!({ "path": self.path, "message": self.message })
    }
}
