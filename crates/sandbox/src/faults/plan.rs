//! A seeded plan of faults: so many calls in a hundred go wrong, each in a way that its number and the seed decide.

use serde::{Deserialize, Serialize};

use super::{Fault, FaultKind};
use crate::ids::Chance;

/// Statuses that a plan answers with: the ones that a client meets at a busy service.
const STATUSES: [u16; 5] = [429, 500, 502, 503, 504];

/// The plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// The seed of the plan. The same one is the same run.
    pub plan: u64,
    /// How likely a call goes wrong, 0 to 1.
    pub rate: f64,
    /// How: one of these, each as likely as the others.
    #[serde(default = "every")]
    pub(crate) kinds: Vec<FaultKind>,
    /// The longest wait of a call that goes wrong.
    #[serde(default)]
    pub max_delay_ms: u32,
}

fn every() -> Vec<FaultKind> {
    use FaultKind::{Cut, DropAfter, DropBefore, Html, Latency, Status, Truncated};
    vec![Status, Latency, DropBefore, DropAfter, Html, Truncated, Cut]
}

impl Plan {
    /// Checks what the types can't say.
    ///
    /// # Errors
    /// A sentence that names the field and says what it takes.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(0.0..=1.0).contains(&self.rate) {
            return Err("rate takes 0 to 1".to_owned());
        }
        if self.kinds.is_empty() {
            return Err("kinds takes at least one kind of fault".to_owned());
        }
        if self.max_delay_ms > 600_000 {
            return Err("maxDelayMs takes at most 600000".to_owned());
        }
        Ok(())
    }

    /// What happens to the n-th call. It depends on nothing else, so a client that sends its calls in another order
    /// moves no fault.
    #[must_use]
    pub(super) fn of(&self, n: u64) -> Option<Fault> {
        // Far apart for neighbouring numbers: plans of neighbouring seeds have nothing in common.
        let mut chance = Chance::new(self.plan.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(n));
        if !chance.happens(self.rate) {
            return None;
        }
        let last = i64::try_from(self.kinds.len()).ok()? - 1;
        let kind = *self.kinds.get(usize::try_from(chance.between(0, last)).ok()?)?;
        let status = *STATUSES.get(usize::try_from(chance.between(0, 4)).ok()?)?;
        Some(Fault {
            kind,
            status: match kind {
                FaultKind::Status => Some(status),
                _ => None,
            },
            code: None,
            retry_after: (kind == FaultKind::Status && status == 429).then(|| "1".to_owned()),
            delay_ms: u32::try_from(chance.between(0, i64::from(self.max_delay_ms))).unwrap_or_default(),
            apply: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(plan: u64, rate: f64) -> Vec<Option<Fault>> {
        let plan = Plan { plan, rate, kinds: every(), max_delay_ms: 50 };
        (0..1_000).map(|n| plan.of(n)).collect()
    }

    #[test]
    fn l11_the_same_plan_is_the_same_run() {
        assert_eq!(run(7, 0.2), run(7, 0.2));
        assert_ne!(run(7, 0.2), run(8, 0.2));
        let struck = run(7, 0.2).into_iter().flatten().collect::<Vec<_>>();
        assert!((150..250).contains(&struck.len()), "{}", struck.len());
        for kind in every() {
            assert!(struck.iter().any(|fault| fault.kind == kind), "{kind:?}");
        }
        assert!(run(7, 0.0).iter().all(Option::is_none));
        assert!(run(7, 1.0).iter().all(Option::is_some));
    }

    #[test]
    fn wrong_plans_are_refused_by_name() {
        for (text, named) in [
            (r#"{"plan":1,"rate":1.5}"#, "rate"),
            (r#"{"plan":1,"rate":1,"kinds":[]}"#, "kinds"),
            (r#"{"plan":1,"rate":1,"maxDelayMs":600001}"#, "maxDelayMs"),
        ] {
            let plan: Plan = serde_json::from_str(text).unwrap();
            assert!(plan.check().unwrap_err().contains(named), "{text}");
        }
        assert!(serde_json::from_str::<Plan>(r#"{"plan":1}"#).is_err());
        assert!(serde_json::from_str::<Plan>(r#"{"plan":1,"rate":1,"kinds":["none"]}"#).is_err());
    }
}
