//! Why a caller may or may not do one thing, in sentences that name the lines of the file.

use super::review::{Asked, reaches, somebody};
use super::risks::place;
use super::{Action, Amount, AnswerMask, DEFAULT_ADDRESS_PER_MINUTE, KeyPart, Policy};
use crate::caller::Role;
use crate::decide::{Verdict, decide};
use serde_json::{Value, json};

/// Explains a decision. `Err` where role or operation are not known.
pub(super) fn explain(policy: &Policy, value: &Value, role: &str, name: &str) -> Result<Value, String> {
    let known = Role::ALL.into_iter().find(|known| known.as_str() == role);
    let role = known.ok_or_else(|| {
        format!("unknown caller \"{role}\"; there are {}", Role::ALL.map(Role::as_str).join(", "))
    })?;
    let asked = Asked::read(policy, name)?;
    let reach = reaches(policy, role, &asked);
    let mut because = Vec::new();
    if reach == "no" {
        refused(policy, value, role, &asked, &mut because);
    } else {
        allowed(policy, value, role, &asked, reach, &mut because);
    }
    Ok(json!({ "caller": role.as_str(), "operation": asked.name, "verdict": reach, "because": because }))
}

fn names_of(asked: &Asked) -> [String; 4] {
    let name = &asked.name;
    [name.clone(), format!("{name}:any"), format!("{name}:own"), "*".to_owned()]
}

fn refused(policy: &Policy, value: &Value, role: Role, asked: &Asked, because: &mut Vec<String>) {
    let who = role.as_str();
    let names = names_of(asked);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match (
        place(value, role, &names),
        decide(policy, &somebody(role), asked.operation, asked.action.as_deref()),
    ) {
        (Some((path, text)), Verdict::Deny(why)) => {
            because.push(format!("{path} \"{text}\" would grant it, but {why}"));
        }
        _ => because
            .push(format!("no line of $.grants.{who} names {}; what no grant names is refused", asked.name)),
    }
    because.push(match &asked.action {
        Some(action) if role == Role::Visitor => {
            format!("a visitor has no account to earn for; grant \"earn:{action}\" to the member")
        }
        Some(action) => format!("to allow it add \"earn:{action}\" to $.grants.{who}"),
        None => match super::read::grantable(role, asked.operation) {
            Ok(grant) => format!("to allow it add \"{grant}\" to $.grants.{who}"),
            Err(why) => format!("and no policy can: {why}"),
        },
    });
    because.push("the answer is 403 PERMISSION_DENIED, before anything goes upstream".to_owned());
}

fn allowed(
    policy: &Policy,
    value: &Value,
    role: Role,
    asked: &Asked,
    reach: &str,
    because: &mut Vec<String>,
) {
    let names = names_of(asked);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if let Some((path, text)) = place(value, role, &names) {
        because.push(format!("{path} \"{text}\" grants it"));
    }
    because.push(match reach {
        "own" => {
            "only of the account that the verified token names; another's id is answered like an unknown one"
                .to_owned()
        }
        _ => "of any account of the site, or of what is the same for everybody".to_owned(),
    });
    if let Some(mask) = policy.mask(role, asked.operation) {
        if let Some(send) = &mask.send {
            because.push(format!("it may send only {}", send.join(", ")));
        }
        match &mask.answer {
            Some(AnswerMask::See(paths)) => {
                because.push(format!("of optional fields it sees only {}", paths.join(", ")))
            }
            Some(AnswerMask::Hide(paths)) => because.push(format!("it does not see {}", paths.join(", "))),
            None => {}
        }
    }
    if policy.needs_bot_check(asked.operation, asked.action.as_deref()) {
        because.push("the botCheck hook is asked first".to_owned());
    }
    if let Some(action) = asked.action.as_deref().and_then(|name| policy.action(name)) {
        terms(action, because);
        if let Some(cap) = policy.limits.member_points_per_day {
            because.push(format!("at most {cap} points a day for a member, by all actions together"));
        }
    }
    let limits = &policy.limits;
    if let Some(limit) = limits.caller_per_minute {
        because.push(format!("at most {limit} calls a minute of one caller"));
    }
    because.push(match limits.address_per_minute {
        Some(limit) => format!("at most {limit} calls a minute from one address"),
        None => format!(
            "at most {DEFAULT_ADDRESS_PER_MINUTE} calls a minute from one public address, counted by each process for \
             itself, since the policy names no addressPerMinute"
        ),
    });
    because.push(format!(
        "at most {} calls upstream a minute, of all callers together",
        limits.upstream_per_minute
    ));
}

fn terms(action: &Action, because: &mut Vec<String>) {
    because.push(match &action.amount {
        Amount::Fixed(amount) => format!("it pays {amount} points, whatever the page says"),
        Amount::Table { by, values } => {
            let rows: Vec<String> = values.iter().map(|(name, amount)| format!("{name} {amount}")).collect();
            format!("it pays by parameters.{by}: {}; any other value is refused", rows.join(", "))
        }
    });
    let limit = &action.limit;
    because.push(format!("a member may claim it {} a day (UTC)", times(limit.per_member_per_day)));
    if limit.unique_subject {
        because.push("a subject pays the first member to claim it, and no other".to_owned());
    }
    if let Some(count) = limit.per_subject {
        because.push(format!("a member may claim it {} for one subject, for all time", times(count)));
    }
    if let Some(seconds) = limit.cooldown_seconds {
        because.push(format!("{seconds} seconds lie between two claims of a member"));
    }
    if let Some(count) = limit.per_minute {
        because.push(format!("at most {count} claims a minute, of all members together"));
    }
    if !action.key.is_empty() {
        let part = |part: &KeyPart| match part {
            KeyPart::Subject => "subject".to_owned(),
            KeyPart::Day => "day".to_owned(),
            KeyPart::Parameter(name) => format!("parameters.{name}"),
        };
        let parts: Vec<String> = action.key.iter().map(part).collect();
        because.push(format!("claims with the same {} are one claim, and pay once", parts.join(" and ")));
    }
    if action.enrols {
        because.push("it makes an account for a member who has none, before it pays".to_owned());
    }
    for (claim, wanted) in &action.eligible {
        let wanted: Vec<String> = wanted.iter().map(Value::to_string).collect();
        because.push(format!("the token's {claim} has to be {}", wanted.join(" or ")));
    }
    because.push(match &action.confirm {
        Some(hook) => format!("the hook \"{hook}\" has to say yes"),
        None => "no hook proves that it was done".to_owned(),
    });
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}
