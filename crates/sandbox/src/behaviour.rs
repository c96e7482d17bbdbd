//! The answers to what nobody documents, where they can be chosen: by hand, or by a report that `loyalty-edge doctor`
//! wrote about a real site. The defaults are the choices that the read-me lists.

use std::collections::BTreeMap;

use loyalty_contract::Operation;
use loyalty_contract::endpoint::Endpoint;
use loyalty_contract::validate::{ViolatedRule, Violation};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Failure;
use crate::ledger::change::Refusal;

/// What a second earn with the same key gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DuplicateEarn {
    /// 409 `TRANSACTION_ALREADY_EXISTS`.
    #[default]
    Reject,
    /// 200 with the first transaction and the account as it is now.
    Replay,
}

/// What is neither right nor harmful: refused, or passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tolerance {
    /// An error that says so.
    Reject,
    /// As if it were not there.
    Ignore,
}

/// A result outside of the range of balances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutOfRange {
    /// An error, and nothing changed.
    Reject,
    /// The nearest balance that there is.
    Clamp,
}

/// Both ids where one is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BothIds {
    /// An error.
    Reject,
    /// The contact's counts.
    Contact,
    /// The member's counts.
    Member,
}

/// By how much each kind of call raises the revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RevisionBump {
    /// Of `earnPoints`.
    pub earn: u8,
    /// Of `adjustPoints`.
    pub adjust: u8,
}

impl Default for RevisionBump {
    fn default() -> Self {
        Self { earn: 1, adjust: 1 }
    }
}

/// Which refusal is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Refused {
    /// The same key again.
    DuplicateEarn,
    /// The same key with another payload.
    OtherPayload,
    /// A revision that is not the account's.
    StaleRevision,
    /// An adjust without a revision.
    MissingRevision,
    /// A balance below 0.
    BelowZero,
    /// A balance above the greatest.
    AboveMaximum,
    /// A field that nobody knows.
    UnknownField,
    /// Two ids.
    BothIds,
    /// A key that is too long.
    KeyLength,
    /// A second account for a contact.
    AccountExists,
    /// A contact that isn't there.
    UnknownContact,
}

/// How a refusal is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// The status.
    pub status: u16,
    /// `applicationError.code`, or [`VALIDATION`] for an error of the other shape.
    pub code: String,
}

/// The code that stands for `details.validationError`, which has none.
pub(crate) const VALIDATION: &str = "validationError";
/// The longest key that the contract's own type takes.
const LONGEST_KEY: u16 = 256;

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Behaviour {
    /// What a repeated earn gets.
    pub duplicate_earn: DuplicateEarn,
    /// What another payload under a used key gets.
    pub other_payload: DuplicateEarn,
    /// By how much the revision rises.
    pub revision_bump: RevisionBump,
    /// An adjust with a stale revision.
    pub stale_revision: Tolerance,
    /// An adjust without one.
    pub missing_revision: Tolerance,
    /// An adjust below 0.
    pub below_zero: OutOfRange,
    /// An adjust above the greatest balance.
    pub above_maximum: OutOfRange,
    /// Unknown request fields.
    pub unknown_field: Tolerance,
    /// `contactId` and `memberId` at once.
    pub both_ids: BothIds,
    /// The longest `idempotencyKey`.
    pub key_length: u16,
    /// Refusals that are answered otherwise than by default.
    pub answers: BTreeMap<Refused, Said>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            duplicate_earn: DuplicateEarn::Reject,
            other_payload: DuplicateEarn::Reject,
            revision_bump: RevisionBump::default(),
            stale_revision: Tolerance::Reject,
            missing_revision: Tolerance::Ignore,
            below_zero: OutOfRange::Reject,
            above_maximum: OutOfRange::Reject,
            unknown_field: Tolerance::Reject,
            both_ids: BothIds::Reject,
            key_length: 128,
            answers: BTreeMap::new(),
        }
    }
}

impl Behaviour {
    /// Checks what the types can't say.
    ///
    /// # Errors
    /// What is wrong, to be read behind the option's name.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(1..=LONGEST_KEY).contains(&self.key_length) {
            return Err(format!("keyLength takes 1 to {LONGEST_KEY}"));
        }
        for (refused, said) in &self.answers {
            let sound = said.code == VALIDATION && said.status == 400
                || said.code != VALIDATION && (400..600).contains(&said.status) && is_code(&said.code);
            if !sound {
                return Err(format!(
                    "answers.{refused:?} takes a status from 400 to 599 and a code such as NOT_FOUND, or 400 and {VALIDATION}"
                ));
            }
        }
        Ok(())
    }

    /// Settles what validation found in a call's payload: what this service tolerates goes, what it alone refuses
    /// comes.
    ///
    /// # Errors
    /// What is left, as it is answered.
    pub(crate) fn settle(
        &self,
        endpoint: &'static Endpoint,
        payload: &mut Value,
        mut found: Vec<Violation>,
    ) -> Result<(), Failure> {
        let both = has(payload, "contactId") && has(payload, "memberId");
        match endpoint.operation {
            Operation::GetAccountBySecondaryId if both => self.settle_ids(payload, &mut found),
            Operation::EarnPoints => self.settle_key(payload, &mut found),
            Operation::AdjustPoints
                if self.missing_revision == Tolerance::Reject && !has(payload, "revision") =>
            {
                found.push(Violation::new("revision", ViolatedRule::Required, "is required"));
            }
            _ => {}
        }
        if found.is_empty() {
            return Ok(());
        }
        let refused = match found.as_slice() {
            [one] if one.rule == ViolatedRule::OneOf && both => Some(Refused::BothIds),
            [one] if one.rule == ViolatedRule::MaxLength && one.field == "idempotencyKey" => {
                Some(Refused::KeyLength)
            }
            [one] if one.rule == ViolatedRule::Required && one.field == "revision" => {
                Some(Refused::MissingRevision)
            }
            all if all.iter().all(|one| one.rule == ViolatedRule::NotAllowed) => Some(Refused::UnknownField),
            _ => None,
        };
        let failure = Failure::Validation(found);
        Err(match refused {
            Some(refused) => self.said(refused, failure),
            None => failure,
        })
    }

    fn settle_ids(&self, payload: &mut Value, found: &mut Vec<Violation>) {
        let loser = match self.both_ids {
            BothIds::Reject => return,
            BothIds::Contact => "memberId",
            BothIds::Member => "contactId",
        };
        found.retain(|one| one.rule != ViolatedRule::OneOf);
        if let Some(fields) = payload.as_object_mut() {
            fields.remove(loser);
        }
    }

    fn settle_key(&self, payload: &Value, found: &mut Vec<Violation>) {
        let Some(key) = payload.get("idempotencyKey").and_then(Value::as_str) else { return };
        found.retain(|one| !(one.field == "idempotencyKey" && one.rule == ViolatedRule::MaxLength));
        if key.chars().count() <= usize::from(self.key_length) {
            return;
        }
        let text = format!("must have at most {} characters", self.key_length);
        let mut violation = Violation::new("idempotencyKey", ViolatedRule::MaxLength, text);
        violation.threshold = Some(i64::from(self.key_length));
        found.push(violation);
    }

    /// A refusal of the ledger as this service words it.
    pub(crate) fn failure(&self, refusal: Refusal) -> Failure {
        let refused = match &refusal {
            Refusal::KeyUsed => Some(Refused::DuplicateEarn),
            Refusal::StaleRevision { .. } => Some(Refused::StaleRevision),
            Refusal::Insufficient { .. } => Some(Refused::BelowZero),
            Refusal::TooMany => Some(Refused::AboveMaximum),
            Refusal::AccountExists => Some(Refused::AccountExists),
            Refusal::NotFound("contact") => Some(Refused::UnknownContact),
            _ => None,
        };
        let failure = Failure::from(refusal);
        match refused {
            Some(refused) => self.said(refused, failure),
            None => failure,
        }
    }

    /// A failure with the status and code that were chosen for it.
    pub(crate) fn said(&self, refused: Refused, failure: Failure) -> Failure {
        match self.answers.get(&refused) {
            Some(said) => failure.reworded(said.status, &said.code),
            None => failure,
        }
    }
}

fn has(payload: &Value, name: &str) -> bool {
    payload.get(name).is_some_and(|value| !value.is_null())
}

fn is_code(code: &str) -> bool {
    (1..=100).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
