//! `GET /me`: what a loyalty page shows, in one round trip. Each part is the answer that its own call would have got,
//! under the same grants; one that fails says so and takes no other with it.

use crate::caller::Caller;
use crate::decide::{Verdict, decide};
use crate::flow::{Context, Reply};
use crate::own;
use crate::problem::Problem;
use crate::together::{self, Step};
use loyalty_contract::{ErrorCode, Operation};
use serde_json::{Value, json};

/// How many of the newest transactions come along.
const TRANSACTIONS: u32 = 20;

/// A part of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Account,
    Transactions,
    Rewards,
    Coupons,
    Tiers,
    Program,
}

impl Part {
    const ALL: [Self; 6] =
        [Self::Account, Self::Transactions, Self::Rewards, Self::Coupons, Self::Tiers, Self::Program];

    const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Transactions => "transactions",
            Self::Rewards => "rewards",
            Self::Coupons => "coupons",
            Self::Tiers => "tiers",
            Self::Program => "program",
        }
    }

    /// The call that it stands for: its grant is the part's, its answer is the part.
    const fn operation(self) -> Operation {
        match self {
            Self::Account => Operation::GetCurrentMemberAccount,
            Self::Transactions => Operation::QueryLoyaltyTransactions,
            Self::Rewards => Operation::ListRewards,
            Self::Coupons => Operation::GetCurrentMemberCoupons,
            Self::Tiers => Operation::ListTiers,
            Self::Program => Operation::GetLoyaltyProgram,
        }
    }

    /// Whether it is the caller's own, whatever wider grant the caller has.
    const fn is_own(self) -> bool {
        matches!(self, Self::Account | Self::Transactions | Self::Coupons)
    }

    fn payload(self) -> Value {
        match self {
            Self::Transactions => json!({ "query": {
                "sort": [{ "fieldName": "createdDate", "order": "DESC" }],
                "cursorPaging": { "limit": TRANSACTIONS },
            } }),
            _ => json!({}),
        }
    }
}

/// Reads `include=account,rewards`; all parts where it is missing.
fn parts(query: Option<&str>) -> Result<Vec<Part>, Problem> {
    let wrong = |description: &str| Err(Problem::argument("include", "FORMAT", description));
    let Some(query) = query.filter(|query| !query.is_empty()) else { return Ok(Part::ALL.to_vec()) };
    let Some(list) = query.strip_prefix("include=") else {
        return wrong("is the only parameter here: include=account,rewards");
    };
    let mut parts = Vec::new();
    for name in list.replace("%2C", ",").replace("%2c", ",").split(',') {
        match Part::ALL.into_iter().find(|part| part.name() == name) {
            Some(part) if !parts.contains(&part) => parts.push(part),
            Some(_) => return wrong("names a part twice"),
            None => {
                let known = Part::ALL.map(Part::name).join(", ");
                return wrong(&format!("takes a list of {known}"));
            }
        }
    }
    Ok(parts)
}

/// Answers all parts at once.
pub(crate) async fn me(context: &Context, caller: &Caller) -> Result<Reply, Problem> {
    let parts = parts(context.request.split().1)?;
    let steps = parts.iter().map(|part| -> Step<'_, _> { Box::pin(answer(context, caller, *part)) });
    let answers = together::all(steps.collect()).await;
    let seen = parts.iter().zip(&answers).map(|(part, answer)| {
        let fact = match answer {
            Ok(reply) => json!({ "status": reply.status }),
            Err(problem) => json!({ "status": problem.status(), "code": problem.code.as_str() }),
        };
        (part.name().to_owned(), fact)
    });
    context.trail.note("parts", Value::Object(seen.collect()));
    let mut text = String::from("{");
    for (part, answer) in parts.iter().zip(answers) {
        let (status, body) = match answer {
            Ok(reply) => (reply.status, reply.body),
            Err(problem) => (problem.status(), problem.body(&context.request.request_id)),
        };
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&format!("\"{}\":{{\"status\":{status},\"body\":{body}}}", part.name()));
    }
    text.push('}');
    Ok(Reply { status: 200, body: text, ..Reply::default() })
}

async fn answer(context: &Context, caller: &Caller, part: Part) -> Result<Reply, Problem> {
    let operation = part.operation();
    let endpoint = operation.endpoint();
    let verdict = decide(&context.config.policy, caller, operation, None);
    match verdict {
        Verdict::Deny(why) => Err(Problem::new(ErrorCode::PermissionDenied, why)),
        Verdict::Allow(_) => {
            if context.config.policy.needs_bot_check(operation, None) {
                context.shell.bot_check(caller, endpoint.name, None).await?;
            }
            if part.is_own() {
                own::call(context, caller, endpoint, &part.payload()).await
            } else {
                context.any(caller, endpoint, &part.payload()).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_named_once_each() {
        assert_eq!(parts(None).unwrap().len(), 6);
        assert_eq!(parts(Some("")).unwrap().len(), 6);
        assert_eq!(parts(Some("include=tiers,account")).unwrap(), [Part::Tiers, Part::Account]);
        assert_eq!(parts(Some("include=tiers%2Caccount")).unwrap(), [Part::Tiers, Part::Account]);
        for bad in
            ["include=", "include=all", "include=tiers,tiers", "include=tiers&x=1", "x=1", "include=Tiers"]
        {
            assert_eq!(parts(Some(bad)).unwrap_err().violations[0].field, "include", "{bad}");
        }
    }
}
