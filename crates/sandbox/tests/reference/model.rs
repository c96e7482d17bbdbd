//! The loyalty service, said a second time and as simply as can be: a list of what happened, and a fold over it
//! for every question. No index, no kept balance, nothing of the sandbox's own code.

use serde_json::{Map, Value, json};

const MOST: i64 = 999_999_999;
/// The app that adjustments are booked under.
const LOYALTY_APP: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

/// Something that happened to an account.
pub(crate) struct Event {
    pub(crate) account: String,
    pub(crate) at: String,
    pub(crate) what: What,
}

pub(crate) enum What {
    Created { contact: Value },
    Earned { transaction: String, amount: i64, key: String, description: Option<String>, app: String },
    Adjusted { transaction: String, amount: i64, description: Option<String> },
}

/// Status and code of a refusal; no code for a validation error.
pub(crate) type Refused = (u16, &'static str);

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) log: Vec<Event>,
    pub(crate) now: String,
    pub(crate) paused: bool,
}

pub(crate) fn at<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

impl Model {
    fn happened(&self, account: &str) -> impl Iterator<Item = &Event> {
        self.log.iter().filter(move |event| event.account == account)
    }

    fn balance(&self, account: &str) -> i64 {
        self.happened(account).map(|event| event.what.amount()).sum()
    }

    fn revision(&self, account: &str) -> usize {
        self.happened(account).count()
    }

    pub(crate) fn account(&self, id: &str) -> Option<Value> {
        let mut shown: Option<Value> = None;
        for event in self.happened(id) {
            match &event.what {
                What::Created { contact } => {
                    shown = Some(json!({
                        "id": id,
                        "contactId": contact["contactId"],
                        "createdDate": event.at,
                        "lastActivityDate": event.at,
                        "points": { "balance": 0, "earned": 0, "adjusted": 0, "redeemed": 0, "expired": 0 },
                        "contact": {
                            "id": contact["contactId"],
                            "name": contact["name"],
                            "displayName": contact["name"],
                            "email": contact["email"],
                        },
                    }));
                    if let (Some(shown), Some(member)) = (&mut shown, contact["memberId"].as_str()) {
                        shown["memberId"] = json!(member);
                    }
                }
                What::Earned { amount, .. } => {
                    let shown = shown.as_mut()?;
                    add(&mut shown["points"], "earned", *amount);
                    shown["lastActivityDate"] = json!(event.at);
                }
                What::Adjusted { amount, .. } => add(&mut shown.as_mut()?["points"], "adjusted", *amount),
            }
            shown.as_mut()?["updatedDate"] = json!(event.at);
        }
        let mut shown = shown?;
        shown["revision"] = json!(self.revision(id).to_string());
        Some(shown)
    }

    pub(crate) fn accounts(&self) -> Vec<Value> {
        let created = self.log.iter().filter(|event| matches!(event.what, What::Created { .. }));
        created.filter_map(|event| self.account(&event.account)).collect()
    }

    pub(crate) fn transactions(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for (place, event) in self.log.iter().enumerate() {
            let before: i64 = self.log[..place]
                .iter()
                .filter(|earlier| earlier.account == event.account)
                .map(|earlier| earlier.what.amount())
                .sum();
            all.extend(event.shown(before));
        }
        all
    }

    pub(crate) fn totals(&self) -> Value {
        let mut totals = json!({ "balance": 0, "earned": 0, "adjusted": 0, "redeemed": 0, "expired": 0 });
        for event in &self.log {
            match event.what {
                What::Created { .. } => {}
                What::Earned { amount, .. } => add(&mut totals, "earned", amount),
                What::Adjusted { amount, .. } => add(&mut totals, "adjusted", amount),
            }
        }
        totals
    }

    /// Whether the contact may get an account.
    pub(crate) fn may_create(&self, contact: &Value) -> Result<(), Refused> {
        let has_one = self.log.iter().any(|event| match &event.what {
            What::Created { contact: taken } => taken["contactId"] == contact["contactId"],
            _ => false,
        });
        if has_one {
            return Err((409, "ALREADY_EXISTS"));
        }
        self.may_move()
    }

    /// Whether the points may be earned.
    pub(crate) fn may_earn(&self, account: &str, amount: i64, key: &str) -> Result<(), Refused> {
        if !(1..=9_999_999).contains(&amount) {
            return Err((400, ""));
        }
        let used = self.happened(account).any(|event| match &event.what {
            What::Earned { key: used, .. } => used == key,
            _ => false,
        });
        if used {
            return Err((409, "TRANSACTION_ALREADY_EXISTS"));
        }
        self.may_move()?;
        if self.balance(account) + amount > MOST { Err((400, "")) } else { Ok(()) }
    }

    /// By how much the account would be adjusted.
    pub(crate) fn may_adjust(
        &self,
        account: &str,
        balance: Option<i64>,
        amount: Option<i64>,
        revision: Option<usize>,
    ) -> Result<i64, Refused> {
        let wrong_balance = balance.is_some_and(|balance| !(0..=MOST).contains(&balance));
        let wrong_amount = amount.is_some_and(|amount| amount == 0 || amount.abs() > 9_999_999);
        if wrong_balance || wrong_amount || (balance, amount) == (None, None) || revision == Some(0) {
            return Err((400, ""));
        }
        if revision.is_some_and(|sent| sent != self.revision(account)) {
            return Err((409, "ABORTED"));
        }
        self.may_move()?;
        let before = self.balance(account);
        let change = balance.map_or(amount.unwrap_or_default(), |balance| balance - before);
        match before + change {
            after if after < 0 => Err((428, "INSUFFICIENT_POINTS")),
            after if after > MOST => Err((400, "")),
            _ => Ok(change),
        }
    }

    fn may_move(&self) -> Result<(), Refused> {
        if self.paused { Err((428, "PROGRAM_NOT_ACTIVE")) } else { Ok(()) }
    }

    pub(crate) fn happen(&mut self, account: &str, what: What) {
        self.log.push(Event { account: account.to_owned(), at: self.now.clone(), what });
    }
}

fn add(points: &mut Value, name: &str, amount: i64) {
    for name in [name, "balance"] {
        points[name] = json!(points[name].as_i64().unwrap_or_default() + amount);
    }
}

impl What {
    fn amount(&self) -> i64 {
        match self {
            Self::Created { .. } => 0,
            Self::Earned { amount, .. } | Self::Adjusted { amount, .. } => *amount,
        }
    }
}

impl Event {
    fn shown(&self, before: i64) -> Option<Value> {
        let (id, description, kind, mut info) = match &self.what {
            What::Created { .. } => return None,
            What::Earned { transaction, key, description, app, .. } => {
                let mut info = Map::new();
                info.insert("idempotencyKey".into(), json!(key));
                info.insert("earnInfo".into(), json!({ "appId": app }));
                (transaction, description, "EARN", info)
            }
            What::Adjusted { transaction, description, amount } => {
                let mut info = Map::new();
                let told =
                    json!({ "appId": LOYALTY_APP, "amountBefore": before, "amountAfter": before + amount });
                info.insert("adjustInfo".into(), told);
                (transaction, description, "ADJUST", info)
            }
        };
        info.insert("id".into(), json!(id));
        info.insert("accountId".into(), json!(self.account));
        info.insert("createdDate".into(), json!(self.at));
        info.insert("amount".into(), json!(self.what.amount()));
        info.insert("transactionType".into(), json!(kind));
        if let Some(description) = description {
            info.insert("description".into(), json!(description));
        }
        Some(Value::Object(info))
    }
}
