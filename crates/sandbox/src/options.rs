//! How a sandbox is started, and which of the undocumented answers it gives.

use loyalty_contract::Timestamp;
use serde::{Deserialize, Serialize};

use crate::behaviour::{Behaviour, DuplicateEarn, Tolerance};
use crate::events::hook::Hook;
use crate::faults::plan::Plan;

/// What a sandbox is started with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Options {
    /// Fixes every id, name and chance.
    pub seed: u64,
    /// How many accounts the fixtures have.
    pub accounts: u32,
    /// The time to start at. The clock then stands still until it is told otherwise.
    pub now: Option<Timestamp>,
    /// What a repeated earn gets; `behaviour` says it too, and more.
    pub duplicate_earn: Option<DuplicateEarn>,
    /// Ignore unknown request fields; `behaviour` says it too.
    pub lenient: Option<bool>,
    /// The answers to what nobody documents.
    pub behaviour: Behaviour,
    /// Calls a minute per credential; off when absent.
    pub throttle: Option<u32>,
    /// The API key to accept instead of the one made from the seed.
    pub api_key: Option<String>,
    /// Faults by a seeded plan; none when absent.
    pub faults: Option<Plan>,
    /// Where events are delivered; nowhere when absent.
    pub webhooks: Option<Hook>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            accounts: 25,
            now: None,
            duplicate_earn: None,
            lenient: None,
            behaviour: Behaviour::default(),
            throttle: None,
            api_key: None,
            faults: None,
            webhooks: None,
        }
    }
}

/// As many accounts as one sandbox holds.
const MAX_ACCOUNTS: u32 = 1_000_000;

impl Options {
    /// Reads options from JSON and checks them.
    ///
    /// # Errors
    /// A sentence that names the option and says what it takes.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let options: Self = serde_json::from_str(text)
            .map_err(|error| format!("The sandbox's options are wrong: {error}."))?;
        options.check()?;
        Ok(options)
    }

    /// Checks what the types can't say.
    ///
    /// # Errors
    /// A sentence that names the option and says what it takes.
    pub fn check(&self) -> Result<(), String> {
        if self.accounts > MAX_ACCOUNTS {
            return Err(format!("The option accounts takes at most {MAX_ACCOUNTS}."));
        }
        if self.throttle == Some(0) {
            return Err(
                "The option throttle takes calls a minute, at least 1; leave it out for none.".to_owned()
            );
        }
        self.behaviour.check().map_err(|wrong| format!("The option behaviour is wrong: {wrong}."))?;
        if let Some(plan) = &self.faults {
            plan.check().map_err(|wrong| format!("The option faults is wrong: {wrong}."))?;
        }
        if let Some(hook) = &self.webhooks {
            hook.check().map_err(|wrong| format!("The option webhooks is wrong: {wrong}."))?;
        }
        let wrong_key =
            |key: &String| !key.starts_with("SANDBOX.") || key.len() < 16 || key.contains([' ', ',']);
        if self.api_key.as_ref().is_some_and(wrong_key) {
            return Err(
                "The option apiKey takes \"SANDBOX.\" and at least 8 characters without spaces or commas: \
                        a real key never belongs in a sandbox."
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// The part that answers depend on: the options of their own win over what `behaviour` says.
    #[must_use]
    pub fn behaviour(&self) -> Behaviour {
        let mut behaviour = self.behaviour.clone();
        if let Some(duplicate_earn) = self.duplicate_earn {
            behaviour.duplicate_earn = duplicate_earn;
        }
        if let Some(lenient) = self.lenient {
            behaviour.unknown_field = if lenient { Tolerance::Ignore } else { Tolerance::Reject };
        }
        behaviour
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_or_refused_by_name() {
        assert_eq!(Options::from_json("{}"), Ok(Options::default()));
        let read = Options::from_json(
            r#"{"seed":7,"accounts":100,"now":"2026-01-01T00:00:00Z","duplicateEarn":"replay","lenient":true,"throttle":200}"#,
        )
        .unwrap();
        assert_eq!((read.seed, read.accounts, read.lenient), (7, 100, Some(true)));
        assert_eq!(read.behaviour().unknown_field, Tolerance::Ignore);
        assert_eq!(read.behaviour().duplicate_earn, DuplicateEarn::Replay);
        for (bad, named) in [
            (r#"{"sead":7}"#, "sead"),
            (r#"{"seed":-1}"#, "-1"),
            (r#"{"accounts":1000001}"#, "accounts"),
            (r#"{"throttle":0}"#, "throttle"),
            (r#"{"apiKey":"IST.real-key-of-a-site"}"#, "apiKey"),
            (r#"{"duplicateEarn":"ignore"}"#, "ignore"),
            (r#"{"behaviour":{"duplicateEarn":"pay"}}"#, "pay"),
            (r#"{"behaviour":{"keyLength":257}}"#, "keyLength"),
            (r#"{"behaviour":{"keyLength":0}}"#, "keyLength"),
            (r#"{"behaviour":{"answers":{"belowZero":{"status":200,"code":"OK"}}}}"#, "BelowZero"),
            (
                r#"{"behaviour":{"answers":{"belowZero":{"status":409,"code":"validationError"}}}}"#,
                "BelowZero",
            ),
            (r#"{"behaviour":{"answers":{"aboveZero":{"status":409,"code":"X"}}}}"#, "aboveZero"),
            (r#"{"now":"tomorrow"}"#, "timestamp"),
            (r#"{"faults":{"plan":1,"rate":2}}"#, "rate"),
            (r#"{"webhooks":{"url":"file:///etc/passwd"}}"#, "url"),
        ] {
            let error = Options::from_json(bad).unwrap_err();
            assert!(error.contains(named), "{bad}: {error}");
        }
    }
}
