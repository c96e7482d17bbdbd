//! Takes back what one EARN gave: by an adjustment that names it, once, for exactly its amount.
//!
//! An adjustment carries no key upstream. What stands for one is the account's revision: sent again with the same one, it
//! is refused if it had been applied. The revision is written down before the first attempt, so that a process that
//! died is taken up where it left off; and the words of the adjustment name the transaction, so that even with a lost
//! store it is found.

use crate::adjust::outcome_unknown;
use crate::canonical::fingerprint;
use crate::effect::Auth;
use crate::flow::{Context, Reply};
use crate::keys::shard;
use crate::once::{self, Failure, Once};
use crate::problem::Problem;
use crate::store::{Claim, StoreOp, StoreReply};
use crate::upstream::Outcome;
use loyalty_contract::guid::is_guid;
use loyalty_contract::{ErrorCode, Operation};
use serde_json::{Value, json};
use std::cell::Cell;

/// How often it is tried anew where somebody else changed the account meanwhile.
const ATTEMPTS: usize = 5;
/// After how long no further attempt begins: one of them, with its repeats, still ends within the lease of the record.
const BUDGET_MS: i64 = 10_000;
/// How long to wait before each repeat of an attempt of unknown outcome.
const REPEATS_MS: [u32; 2] = [200, 600];
/// What is left of upstream's 100 characters behind the words that name the transaction.
const MAX_REASON: usize = 50;
/// The end of the year 9999: for all time.
const FOREVER: i64 = 253_402_300_799_000;

/// One reversal on its way.
struct Reversal<'a> {
    context: &'a Context,
    account: String,
    amount: i64,
    take_what_is_left: bool,
    /// What the adjustment's words begin with: by it it is found.
    words: String,
    description: String,
    /// Where the revision stands that an attempt was sent with.
    note: String,
}

/// Reverses a transaction.
pub(crate) async fn reverse(
    context: &Context,
    transaction: &Value,
    reason: &Value,
    take_what_is_left: bool,
) -> Result<Reply, Problem> {
    let Some(id) = transaction.as_str().filter(|id| is_guid(id)).map(str::to_ascii_lowercase) else {
        return Err(Problem::argument("transactionId", "FORMAT", "is not a GUID"));
    };
    let reason = reason.as_str().map(str::trim).unwrap_or_default();
    if !(1..=MAX_REASON).contains(&reason.chars().count()) {
        return Err(Problem::argument("reason", "LENGTH", "must be 1 to 50 characters"));
    }
    let get = Operation::GetLoyaltyTransaction.endpoint();
    let asked = json!({ "loyaltyTransactionId": id });
    let (answer, _) = context.read(get, &asked, Auth::Credential).await?;
    let found = answer.into_value();
    let text = |field: &str| {
        let value = found.get("loyaltyTransaction").and_then(|it| it.get(field));
        value.and_then(Value::as_str).unwrap_or_default()
    };
    let kind = text("transactionType");
    let account = text("accountId").to_ascii_lowercase();
    let amount = found.pointer("/loyaltyTransaction/amount").and_then(Value::as_i64).unwrap_or_default();
    if kind != "EARN" || amount <= 0 {
        return Err(Problem::argument(
            "transactionId",
            "UNSUPPORTED",
            "is no EARN: only what was earned is reversed",
        ));
    }
    let site = context.config.site_id.as_str();
    context.trail.note("reverses", json!(id));
    let words = format!("Reversal of {id}");
    let reversal = Reversal {
        context,
        account,
        amount,
        take_what_is_left,
        description: format!("{words}: {reason}"),
        words,
        note: fingerprint(&["reversing", site, &id]),
    };
    // For all time: nothing is reversed twice, and a second attempt says so instead of what the first one said.
    let claim = Claim {
        counter: fingerprint(&["reversed", site, &id]),
        id: "once".to_owned(),
        amount: 1,
        max: 1,
        expires_at: None,
    };
    let once = Once {
        shard: shard(site, &format!("reverse:{id}")),
        key: fingerprint(&["reverse", site, &id]),
        fingerprint: fingerprint(&["reverse", &id]),
        resume: true,
        claims: vec![claim],
    };
    let worked = Cell::new(false);
    let result = once::run(context, Some(once), async |_| {
        worked.set(true);
        reversal.run().await
    })
    .await;
    match result {
        Ok(_) if !worked.get() => Err(reversed_already()),
        Err(problem) if !worked.get() && problem.code == ErrorCode::LimitReached => Err(reversed_already()),
        result => result,
    }
}

fn reversed_already() -> Problem {
    Problem::new(
        ErrorCode::TransactionAlreadyExists,
        "this transaction was reversed already; nothing was changed",
    )
}

impl Reversal<'_> {
    async fn run(&self) -> Result<Reply, Failure> {
        let began = self.context.shell.now().0;
        let before = self.noted().await.map_err(Failure::Refused)?;
        if let Some(found) = self.find().await.map_err(Failure::Refused)? {
            // Ours, if an attempt of ours is noted; else it was made long ago, and the store has forgotten it.
            return match before {
                Some(_) => self.reply(&found).await,
                None => Err(Failure::Refused(reversed_already())),
            };
        }
        for _ in 0..ATTEMPTS {
            let account = self.read().await.map_err(Failure::Refused)?;
            let revision = account.get("revision").and_then(Value::as_str).unwrap_or_default().to_owned();
            if before.as_ref().is_some_and(|sent| *sent != revision) {
                // An attempt was sent, the account has changed since, and no reversal is to be seen: nobody knows.
                return Err(Failure::Unknown(self.unknown(&Problem::new(ErrorCode::UpstreamTimeout, ""))));
            }
            let payload = self.payload(&account, &revision)?;
            self.context.intend(&payload).await.map_err(Failure::Refused)?;
            if let Err(problem) = self.note(&revision).await {
                // It may have been written all the same, and would stand for an attempt that was never sent.
                if before.is_none() {
                    self.forget_note().await;
                }
                return Err(Failure::Refused(problem));
            }
            match self.attempt(&payload).await {
                Err(Failure::Refused(problem)) => {
                    let conflict = problem.code == ErrorCode::RevisionConflict;
                    // Whoever changed the account may be a runner of this very reversal.
                    let found = if conflict { self.find().await } else { Ok(None) };
                    if let Ok(Some(found)) = &found {
                        return self.reply(found).await;
                    }
                    if before.is_none() {
                        self.forget_note().await;
                    } else if conflict {
                        // The earlier attempt may be what changed the account: its note is the only sign of it.
                        return Err(Failure::Unknown(self.unknown(&problem)));
                    }
                    found.map_err(Failure::Refused)?;
                    if !conflict {
                        return Err(Failure::Refused(problem));
                    }
                }
                result => return result,
            }
            // Beyond the lease another runner takes over, and both would go on side by side.
            if self.context.shell.now().0 - began > BUDGET_MS {
                break;
            }
        }
        let text = "the account changes all the time; try again";
        Err(Failure::Refused(Problem::new(ErrorCode::Unavailable, text).retry_after(1)))
    }

    /// What is sent: as much as was earned, or what is left of it where that is asked for.
    fn payload(&self, account: &Value, revision: &str) -> Result<Value, Failure> {
        let balance = account.pointer("/points/balance").and_then(Value::as_i64).unwrap_or_default();
        self.context.trail.note("before", json!(balance));
        let take = if self.take_what_is_left { self.amount.min(balance) } else { self.amount };
        if take <= 0 || balance < take {
            let text = format!(
                "{} points were earned and the balance is {balance}: nothing was taken; with spent: \
                 \"take-what-is-left\" it is taken down to 0",
                self.amount
            );
            return Err(Failure::Refused(Problem::new(ErrorCode::InsufficientPoints, text)));
        }
        Ok(json!({
            "accountId": self.account, "revision": revision, "amount": -take, "description": self.description,
        }))
    }

    /// One attempt, with its repeats. A refusal means that nothing happened.
    async fn attempt(&self, payload: &Value) -> Result<Reply, Failure> {
        let endpoint = Operation::AdjustPoints.endpoint();
        let mut outcome = self.context.send(endpoint, payload, Auth::Credential).await;
        let mut repeated = false;
        for wait in REPEATS_MS {
            if !matches!(outcome, Outcome::Unknown(_)) {
                break;
            }
            self.context.shell.wait(wait).await;
            repeated = true;
            outcome = self.context.send(endpoint, payload, Auth::Credential).await;
        }
        self.context.forget(Operation::AdjustPoints, payload).await;
        match outcome {
            Outcome::Done { answer, .. } => self.reply(&answer.into_value()).await,
            Outcome::Refused(problem) if !repeated => Err(Failure::Refused(problem)),
            // A refusal of the repeat says nothing of the attempt before it, but that it may have been applied.
            Outcome::Refused(problem) | Outcome::Unknown(problem) => match self.find().await {
                Ok(Some(found)) => self.reply(&found).await,
                _ => Err(Failure::Unknown(self.unknown(&problem))),
            },
        }
    }

    fn unknown(&self, problem: &Problem) -> Problem {
        let payload = json!({ "accountId": self.account });
        outcome_unknown(Operation::EarnPoints.endpoint(), &payload, problem)
    }

    /// The adjustment, by the words that name the transaction. `None` proves nothing.
    async fn find(&self) -> Result<Option<Value>, Problem> {
        let query = Operation::QueryLoyaltyTransactions.endpoint();
        let filter = json!({ "accountId": self.account, "description": { "$startsWith": self.words } });
        let page = json!({ "query": { "filter": filter, "cursorPaging": { "limit": 10 } } });
        let (answer, _) = self.context.read(query, &page, Auth::Credential).await?;
        let found = answer.into_value();
        let list = found.get("loyaltyTransactions").and_then(Value::as_array).into_iter().flatten();
        let text = |item: &Value, field: &str| {
            item.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let ours = list.into_iter().find(|item| {
            text(item, "accountId").eq_ignore_ascii_case(&self.account)
                && text(item, "transactionType") == "ADJUST"
                && text(item, "description").starts_with(&self.words)
        });
        Ok(ours.map(|item| {
            let taken = item.get("amount").and_then(Value::as_i64).unwrap_or_default();
            json!({ "transactionId": item.get("id"), "taken": taken.abs() })
        }))
    }

    async fn read(&self) -> Result<Value, Problem> {
        let get = Operation::GetAccount.endpoint();
        let (answer, _) = self.context.read(get, &json!({ "id": self.account }), Auth::Credential).await?;
        Ok(answer.part(&["account"]))
    }

    /// The answer, from adjustPoints' own or from a transaction that was found.
    async fn reply(&self, value: &Value) -> Result<Reply, Failure> {
        let before = self.context.trail.known("before").and_then(|before| before.as_i64());
        let account = match value.get("account") {
            Some(account) => account.clone(),
            // It happened: that the account can't be read now must not say otherwise.
            None => self.read().await.unwrap_or(Value::Null),
        };
        let after = account.pointer("/points/balance").and_then(Value::as_i64);
        let gone = before.zip(after).map(|(before, after)| before - after).filter(|gone| *gone > 0);
        let taken = value.get("taken").and_then(Value::as_i64).or(gone);
        let reversed = taken.unwrap_or(self.amount).min(self.amount);
        self.context.trail.note("amount", json!(-reversed));
        self.context.trail.note("transactionId", value.get("transactionId").cloned().unwrap_or_default());
        self.context.trail.note("after", json!(after));
        let answer = json!({
            "account": account, "transactionId": value.get("transactionId"),
            "reversed": reversed, "missing": self.amount - reversed,
        });
        Ok(Reply::ok(&answer, None))
    }

    /// The revision that an earlier attempt was sent with, if there was one.
    async fn noted(&self) -> Result<Option<String>, Problem> {
        let get = StoreOp::Get { key: self.note.clone(), now: self.context.shell.now().0 };
        match self.context.shell.store(get).await? {
            StoreReply::Value { value } => Ok(value),
            _ => Err(self.context.shell.broken("the store answered get with another operation's reply")),
        }
    }

    async fn note(&self, revision: &str) -> Result<(), Problem> {
        let now = self.context.shell.now().0;
        let (key, value) = (self.note.clone(), revision.to_owned());
        let put = StoreOp::Put { key, value, only_new: false, expires_at: FOREVER, now };
        self.context.shell.store(put).await.map(|_| ())
    }

    /// Nothing came of the attempt. Where this fails the next one stops instead of taking points twice.
    async fn forget_note(&self) {
        let remove = StoreOp::Remove { key: self.note.clone(), now: self.context.shell.now().0 };
        if self.context.shell.store(remove).await.is_err() {
            self.context.shell.log("an attempt to reverse that came to nothing stays noted");
        }
    }
}
