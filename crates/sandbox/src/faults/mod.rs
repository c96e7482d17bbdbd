//! Faults on demand: what goes wrong, for which calls, how often. Chance comes from the seed.

pub(crate) mod plan;

use loyalty_contract::Operation;
use loyalty_contract::neighbours::NeighbourOperation;
use serde::{Deserialize, Serialize};

use crate::http::{Request, Response};
use crate::ids::Chance;
use plan::Plan;

/// The request header that makes one request fail.
pub(crate) const HEADER: &str = "x-sandbox-fault";
/// As many rules as there can be.
const MAX_RULES: usize = 100;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum FaultKind {
    /// An error status instead of the call.
    Status,
    /// Only the wait.
    Latency,
    /// The connection breaks before the call is carried out.
    DropBefore,
    /// The connection breaks after the call was carried out.
    DropAfter,
    /// A page of HTML instead of JSON, as a gateway sends.
    Html,
    /// The body ends in the middle, and the answer is closed as if it were whole.
    Truncated,
    /// The connection breaks in the middle of the body.
    Cut,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// The status of `status` (503 by default) and `html` (502).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The application error code of `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The value of a `Retry-After` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// How long to wait before the answer or the break.
    #[serde(default)]
    pub delay_ms: u32,
    /// Carry the call out although the answer is `status` or `html`.
    #[serde(default)]
    pub apply: bool,
}

/// One rule: a fault, and when it happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rule {
    /// Only this method of the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Only paths that begin so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Let this many calls that match through first.
    #[serde(default)]
    pub after: u32,
    /// How many calls fail; every one when 0.
    #[serde(default = "one")]
    pub count: u32,
    /// How likely a call that matches fails, 0 to 1.
    #[serde(default = "always")]
    pub probability: f64,
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: Fault,
    /// How often it has.
    #[serde(default, skip_deserializing)]
    pub hits: u32,
    #[serde(skip)]
    seen: u32,
}

fn one() -> u32 {
    1
}

fn always() -> f64 {
    1.0
}

impl Fault {
    fn check(&self) -> Result<(), String> {
        if self.status.is_some_and(|status| !(400..=599).contains(&status)) {
            return Err("status takes 400 to 599".to_owned());
        }
        if self.delay_ms > 600_000 {
            return Err("delayMs takes at most 600000".to_owned());
        }
        let printable = |text: &String| text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if !self.retry_after.as_ref().is_none_or(printable) {
            return Err("retryAfter takes plain text".to_owned());
        }
        Ok(())
    }

    /// Whether the call is carried out.
    #[must_use]
    pub(crate) fn applies(&self) -> bool {
        match self.kind {
            FaultKind::DropBefore => false,
            FaultKind::Status | FaultKind::Html => self.apply,
            FaultKind::Latency | FaultKind::DropAfter | FaultKind::Truncated | FaultKind::Cut => true,
        }
    }

    /// The answer with the fault in it. `answer` is what the call gave, if it was carried out.
    #[must_use]
    pub(crate) fn spoil(&self, answer: Response) -> Response {
        let mut answer = match self.kind {
            FaultKind::Status => self.status_answer(),
            FaultKind::Html => {
                let page = "<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>";
                Response::text(self.status.unwrap_or(502), "text/html; charset=utf-8", page.to_owned())
            }
            _ => answer,
        };
        let middle = answer.body.char_indices().nth(answer.body.chars().count() / 2).map_or(0, |(at, _)| at);
        match self.kind {
            FaultKind::DropBefore | FaultKind::DropAfter => answer.effects.drop = true,
            FaultKind::Truncated => answer.body.truncate(middle),
            FaultKind::Cut => answer.effects.cut_at = Some(middle),
            FaultKind::Status | FaultKind::Html | FaultKind::Latency => {}
        }
        answer.effects.delay_ms = self.delay_ms;
        match &self.retry_after {
            Some(wait) => answer.header("retry-after", wait.clone()),
            None => answer,
        }
    }

    fn status_answer(&self) -> Response {
        let status = self.status.unwrap_or(503);
        let code = self.code.as_deref().unwrap_or(match status {
            401 => "UNAUTHENTICATED",
            403 => "PERMISSION_DENIED",
            404 => "NOT_FOUND",
            409 => "ABORTED",
            429 => "RESOURCE_EXHAUSTED",
            503 => "UNAVAILABLE",
            504 => "DEADLINE_EXCEEDED",
            400..=499 => "INVALID_ARGUMENT",
            _ => "INTERNAL",
        });
        let description = "A fault that the sandbox was told to make.";
        Response::json(
            status,
            &serde_json::json!({
                "message": description,
                "details": { "applicationError": { "code": code, "description": description, "data": {} } },
            }),
        )
    }
}

/// The rules in force, as a store has to know them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptFaults {
    /// Each with how often it has struck, and how many calls it has seen.
    rules: Vec<(Rule, u32, u32)>,
    chance: u64,
    plan: Option<Plan>,
    planned: u64,
}

/// The rules in force.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
    chance: Chance,
    plan: Option<Plan>,
    /// How many calls the plan has seen.
    planned: u64,
}

impl Faults {
    /// No rules yet, and a plan if there is one.
    #[must_use]
    pub(crate) fn new(seed: u64, plan: Option<&Plan>) -> Self {
        Self { rules: Vec::new(), chance: Chance::new(seed), plan: plan.cloned(), planned: 0 }
    }

    /// Whether no call can meet a fault, but for its own header.
    #[must_use]
    pub(crate) fn is_idle(&self) -> bool {
        self.rules.is_empty() && self.plan.is_none()
    }

    /// The same, for a store.
    #[must_use]
    pub(crate) fn kept(&self) -> KeptFaults {
        let rules = self.rules.iter().map(|rule| (rule.clone(), rule.hits, rule.seen));
        let Self { chance, plan, planned, .. } = self;
        KeptFaults { rules: rules.collect(), chance: chance.state(), plan: plan.clone(), planned: *planned }
    }

    /// As it was kept.
    pub(crate) fn restore(&mut self, kept: KeptFaults) {
        let KeptFaults { rules, chance, plan, planned } = kept;
        let rules = rules.into_iter().map(|(rule, hits, seen)| Rule { hits, seen, ..rule }).collect();
        *self = Self { rules, chance: Chance::at(chance), plan, planned };
    }

    /// The plan.
    #[must_use]
    pub(crate) fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// Follows a plan from its first call on.
    pub(crate) fn follow(&mut self, plan: Plan) {
        self.plan = Some(plan);
        self.planned = 0;
    }

    /// The rules, with how often each has struck.
    #[must_use]
    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Adds a rule.
    ///
    /// # Errors
    /// A sentence that names the field and says what it takes.
    pub(crate) fn add(&mut self, rule: Rule) -> Result<(), String> {
        rule.fault.check()?;
        if !(0.0..=1.0).contains(&rule.probability) {
            return Err("probability takes 0 to 1".to_owned());
        }
        let known = |name: &&str| {
            Operation::from_name(name).is_some() || NeighbourOperation::from_name(name).is_some()
        };
        if let Some(name) = rule.operation.as_deref().filter(|name| !known(name)) {
            return Err(format!("operation takes the name of a method, and \"{name}\" is none"));
        }
        if self.rules.len() >= MAX_RULES {
            return Err(format!("there are {MAX_RULES} rules already; DELETE /_sandbox/faults clears them"));
        }
        self.rules.push(rule);
        Ok(())
    }

    /// Forgets every rule and the plan; the run of chance begins anew.
    pub(crate) fn clear(&mut self, seed: u64) {
        *self = Self::new(seed, None);
    }

    /// The fault of a request's own header, which goes before all rules.
    ///
    /// # Errors
    /// A sentence that says what the header takes.
    pub(crate) fn of_header(request: &Request) -> Result<Option<Fault>, String> {
        let Some(text) = request.get(HEADER) else { return Ok(None) };
        let fault: Fault = serde_json::from_str(text)
            .map_err(|error| format!("the header {HEADER} takes a fault as JSON: {error}"))?;
        fault.check()?;
        Ok(Some(fault))
    }

    /// The fault that a request without such a header meets: that of the first rule that strikes, else the plan's.
    pub(crate) fn strike(&mut self, path: &str, operation: Option<&str>) -> Option<Fault> {
        for rule in &mut self.rules {
            let named = rule.operation.as_deref().is_none_or(|name| operation == Some(name));
            let placed = rule.path.as_deref().is_none_or(|start| path.starts_with(start));
            let spent = rule.count > 0 && rule.hits >= rule.count;
            if !named || !placed || spent {
                continue;
            }
            rule.seen += 1;
            if rule.seen > rule.after && self.chance.happens(rule.probability) {
                rule.hits += 1;
                return Some(rule.fault.clone());
            }
        }
        // Only calls of the API: a token call or a stray path moves nothing.
        if let Some(plan) = self.plan.as_ref().filter(|_| operation.is_some()) {
            self.planned += 1;
            return plan.of(self.planned);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(value: serde_json::Value) -> Rule {
        serde_json::from_value(value).unwrap()
    }

    fn run(faults: &mut Faults, times: usize) -> Vec<bool> {
        (0..times).map(|_| faults.strike("/x", Some("getAccount")).is_some()).collect()
    }

    #[test]
    fn l11_rules_strike_as_often_as_told() {
        let mut faults = Faults::new(1, None);
        faults
            .add(rule(json!({"operation": "getAccount", "kind": "status", "after": 1, "count": 2})))
            .unwrap();
        assert_eq!(run(&mut faults, 5), [false, true, true, false, false]);
        assert_eq!(faults.rules()[0].hits, 2);
        faults.clear(1);
        faults.add(rule(json!({"kind": "html", "count": 0}))).unwrap();
        assert_eq!(run(&mut faults, 3), [true; 3]);
        faults.clear(1);
        faults.add(rule(json!({"path": "/y", "kind": "html"}))).unwrap();
        faults.add(rule(json!({"operation": "earnPoints", "kind": "html"}))).unwrap();
        assert_eq!(run(&mut faults, 2), [false; 2]);
    }

    #[test]
    fn l11_the_same_seed_is_the_same_run() {
        let dice = |seed| {
            let mut faults = Faults::new(seed, None);
            faults.add(rule(json!({"kind": "status", "count": 0, "probability": 0.5}))).unwrap();
            run(&mut faults, 64)
        };
        assert_eq!(dice(1), dice(1));
        assert_ne!(dice(1), dice(2));
    }

    #[test]
    fn l11_what_each_fault_does_to_the_answer() {
        let good = || Response::json(200, &json!({"account": {"id": "ä".repeat(20)}}));
        let spoil = |value: serde_json::Value| {
            let fault: Fault = serde_json::from_value(value).unwrap();
            (fault.applies(), fault.spoil(good()))
        };
        let (applies, answer) =
            spoil(json!({"kind": "status", "status": 429, "retryAfter": "2", "delayMs": 5}));
        assert!(!applies);
        assert_eq!((answer.status, answer.get("retry-after"), answer.effects.delay_ms), (429, Some("2"), 5));
        assert!(answer.body.contains("RESOURCE_EXHAUSTED"));
        assert!(spoil(json!({"kind": "status", "apply": true})).0);
        let (applies, answer) = spoil(json!({"kind": "html"}));
        assert!(!applies && answer.status == 502 && answer.body.starts_with("<!DOCTYPE"));
        assert!(answer.get("content-type").unwrap().starts_with("text/html"));
        let (applies, answer) = spoil(json!({"kind": "truncated"}));
        assert!(applies && answer.status == 200);
        assert!(serde_json::from_str::<serde_json::Value>(&answer.body).is_err());
        let (applies, answer) = spoil(json!({"kind": "cut"}));
        assert!(applies && answer.effects.cut_at.is_some_and(|at| at > 0 && at < answer.body.len()));
        assert_eq!(spoil(json!({"kind": "dropBefore"})), (false, Response { effects: drop(), ..good() }));
        assert_eq!(spoil(json!({"kind": "dropAfter"})), (true, Response { effects: drop(), ..good() }));
        let (applies, answer) = spoil(json!({"kind": "latency", "delayMs": 40}));
        assert!(applies && answer.status == 200 && answer.effects.delay_ms == 40);
    }

    fn drop() -> crate::http::Effects {
        crate::http::Effects { drop: true, ..Default::default() }
    }

    #[test]
    fn wrong_rules_are_refused_by_name() {
        let mut faults = Faults::new(1, None);
        for (bad, named) in [
            (json!({"kind": "status", "status": 200}), "status"),
            (json!({"kind": "latency", "delayMs": 600_001}), "delayMs"),
            (json!({"kind": "status", "probability": 1.5}), "probability"),
            (json!({"kind": "status", "operation": "earn-points"}), "earn-points"),
            (json!({"kind": "status", "retryAfter": "1\r\nset-cookie: x"}), "retryAfter"),
        ] {
            let error = faults.add(rule(bad.clone())).unwrap_err();
            assert!(error.contains(named), "{bad}: {error}");
        }
        let request = Request::new("GET", "/x").header(HEADER, "status=503");
        assert!(Faults::of_header(&request).unwrap_err().contains(HEADER));
        let request = Request::new("GET", "/x").header(HEADER, r#"{"kind":"dropAfter"}"#);
        assert_eq!(Faults::of_header(&request).unwrap().unwrap().kind, FaultKind::DropAfter);
    }
}
