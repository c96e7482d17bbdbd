//! Where events are delivered, and how badly. The shell delivers; what happens to which event is decided here, by the
//! seed.

use serde::{Deserialize, Serialize};

use crate::ids::Chance;

/// A receiver of events, and the trouble it gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hook {
    /// Where events are posted to.
    pub url: String,
    /// How often one is tried before it is given up.
    #[serde(default = "attempts")]
    pub attempts: u32,
    /// How long to wait after the first failure; doubles with each.
    #[serde(default = "backoff")]
    pub backoff_ms: u32,
    /// How likely an event comes twice, 0 to 1.
    #[serde(default)]
    pub duplicate: f64,
    /// How likely an event comes behind the next one, 0 to 1.
    #[serde(default)]
    pub reorder: f64,
}

fn attempts() -> u32 {
    5
}

fn backoff() -> u32 {
    250
}

impl Hook {
    /// Checks what the types can't say.
    ///
    /// # Errors
    /// A sentence that names the field and says what it takes.
    pub(crate) fn check(&self) -> Result<(), String> {
        let rest = self.url.strip_prefix("http://").or_else(|| self.url.strip_prefix("https://"));
        if rest.is_none_or(|rest| rest.is_empty() || rest.contains(char::is_whitespace)) {
            return Err("url takes an http or https URL".to_owned());
        }
        if !(1..=20).contains(&self.attempts) {
            return Err("attempts takes 1 to 20".to_owned());
        }
        if self.backoff_ms > 60_000 {
            return Err("backoffMs takes at most 60000".to_owned());
        }
        for (name, rate) in [("duplicate", self.duplicate), ("reorder", self.reorder)] {
            if !(0.0..=1.0).contains(&rate) {
                return Err(format!("{name} takes 0 to 1"));
            }
        }
        Ok(())
    }
}

/// One event on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivery {
    /// The event's id.
    pub id: String,
    /// What the signed token claims as `data`.
    pub claim: String,
    /// How often it is sent.
    pub copies: u32,
    /// Whether it is sent behind the next one.
    pub late: bool,
    /// Where to.
    pub url: String,
    /// How often it is tried.
    pub attempts: u32,
    /// How long to wait after the first failure.
    pub backoff_ms: u32,
}

/// A hook in use.
#[derive(Debug, Clone)]
pub(super) struct Post {
    pub(super) hook: Hook,
    chance: Chance,
    waiting: Vec<Delivery>,
}

impl Post {
    pub(super) fn new(hook: Hook, seed: u64) -> Self {
        Self { hook, chance: Chance::new(seed), waiting: Vec::new() }
    }

    pub(super) const fn chance(&self) -> &Chance {
        &self.chance
    }

    /// Goes on from where the run of chance stood.
    pub(super) const fn resume(&mut self, state: u64) {
        self.chance = Chance::at(state);
    }

    /// Each event draws twice, whatever the rates: one rate does not move the other's run of chance.
    pub(super) fn add(&mut self, id: String, claim: String) {
        let copies = if self.chance.happens(self.hook.duplicate) { 2 } else { 1 };
        let late = self.chance.happens(self.hook.reorder);
        let Hook { url, attempts, backoff_ms, .. } = self.hook.clone();
        self.waiting.push(Delivery { id, claim, copies, late, url, attempts, backoff_ms });
    }

    pub(super) fn take(&mut self) -> Vec<Delivery> {
        std::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(value: serde_json::Value) -> Result<Hook, String> {
        let hook: Hook = serde_json::from_value(value).map_err(|error| error.to_string())?;
        hook.check().map(|()| hook)
    }

    #[test]
    fn hooks_are_read_or_refused_by_name() {
        let read = hook(serde_json::json!({"url": "http://127.0.0.1:1/hook"})).unwrap();
        assert_eq!((read.attempts, read.backoff_ms, read.duplicate, read.reorder), (5, 250, 0.0, 0.0));
        for (field, value) in [
            ("url", serde_json::json!("ftp://x")),
            ("url", serde_json::json!("http://")),
            ("attempts", serde_json::json!(0)),
            ("backoffMs", serde_json::json!(60_001)),
            ("duplicate", serde_json::json!(1.1)),
            ("reorder", serde_json::json!(-0.1)),
            ("retries", serde_json::json!(1)),
        ] {
            let mut body = serde_json::json!({"url": "http://x"});
            body[field] = value;
            assert!(hook(body.clone()).unwrap_err().contains(field), "{body}");
        }
    }

    #[test]
    fn l14_the_same_seed_is_the_same_trouble() {
        let run = |seed, duplicate, reorder| {
            let hook = Hook { url: String::new(), attempts: 1, backoff_ms: 0, duplicate, reorder };
            let mut post = Post::new(hook, seed);
            (0..64).for_each(|n: u32| post.add(n.to_string(), String::new()));
            post.take()
        };
        assert_eq!(run(1, 0.5, 0.5), run(1, 0.5, 0.5));
        assert_ne!(run(1, 0.5, 0.5), run(2, 0.5, 0.5));
        assert!(run(1, 0.0, 0.0).iter().all(|one| one.copies == 1 && !one.late));
        assert!(run(1, 1.0, 1.0).iter().all(|one| one.copies == 2 && one.late));
        let late = |all: Vec<Delivery>| all.into_iter().map(|one| one.late).collect::<Vec<_>>();
        assert_eq!(late(run(1, 0.0, 0.5)), late(run(1, 1.0, 0.5)));
    }
}
