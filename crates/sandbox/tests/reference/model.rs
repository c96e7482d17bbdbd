//! The loyalty service, said a second time and as simply as can be: a list of what happened, and a fold over it
//! for every question. No index, no kept balance, nothing of the sandbox's own code.

use serde_json::{Value, json};

use super::time::Terms;

pub(crate) const MOST: i64 = 999_999_999;

/// Something that happened to an account.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) account: String,
    pub(crate) at: String,
    pub(crate) what: What,
}

/// What happened. A transaction that nobody was told of yet has no id: see [`Model::learn`].
#[derive(Debug)]
pub(crate) enum What {
    Created {
        contact: Value,
    },
    Earned {
        transaction: String,
        amount: i64,
        key: String,
        description: Option<String>,
        app: String,
    },
    Adjusted {
        transaction: String,
        amount: i64,
        description: Option<String>,
    },
    Begun {
        coupon: String,
        reward: Value,
        cost: i64,
        fate: String,
    },
    Redeemed {
        transaction: String,
        coupon: String,
        reward: Value,
        cost: i64,
    },
    Failed {
        coupon: String,
    },
    Applied {
        coupon: String,
    },
    Refunded {
        transaction: String,
        coupon: String,
        of: String,
        amount: i64,
    },
    Expired {
        transaction: String,
        amount: i64,
    },
    /// Expiry has other terms, or the program another status: all accounts rest anew.
    Terms,
}

/// Status and code of a refusal; no code for a validation error.
pub(crate) type Refused = (u16, &'static str);

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) log: Vec<Event>,
    pub(crate) now: String,
    pub(crate) paused: bool,
    pub(crate) terms: Terms,
    /// Every reward, as the wire shows it.
    pub(crate) rewards: Vec<Value>,
    /// Every tier above the base, the lowest first.
    pub(crate) tiers: Vec<Value>,
    /// Over how many months points count for tiers.
    pub(crate) window: i64,
    /// What becomes of coupons that are redeemed from now on: the status.
    pub(crate) fate: String,
}

pub(crate) fn at<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

impl Model {
    pub(crate) fn happened(&self, account: &str) -> impl Iterator<Item = &Event> {
        self.log.iter().filter(move |event| event.account == account)
    }

    pub(crate) fn balance(&self, account: &str) -> i64 {
        self.happened(account).map(|event| event.what.amount()).sum()
    }

    fn revision(&self, account: &str) -> usize {
        self.happened(account).filter(|event| event.what.changes_the_account()).count()
    }

    pub(crate) fn account(&self, id: &str) -> Option<Value> {
        let mut shown: Option<Value> = None;
        for event in self.happened(id).filter(|event| event.what.changes_the_account()) {
            if let What::Created { contact } = &event.what {
                shown = Some(fresh(id, contact, &event.at));
            }
            let shown = shown.as_mut()?;
            event.what.add_to(&mut shown["points"]);
            if matches!(event.what, What::Earned { .. } | What::Redeemed { .. }) {
                shown["lastActivityDate"] = json!(event.at);
            }
            shown["updatedDate"] = json!(event.at);
        }
        let mut shown = shown?;
        shown["revision"] = json!(self.revision(id).to_string());
        shown["tier"] = json!({ "points": self.tier_points(id) });
        if let Some(tier) = self.tier(id) {
            shown["tier"]["id"] = tier["id"].clone();
        }
        shown["rewardAvailable"] = json!(self.reward_available(id));
        if let Some((date, amount)) = self.due(id) {
            shown["pointsExpiration"] = json!({ "expirationDate": date, "expiringPointsAmount": amount });
        }
        Some(shown)
    }

    /// Every account's id, in the order of creation.
    pub(crate) fn ids(&self) -> Vec<String> {
        let created = self.log.iter().filter(|event| matches!(event.what, What::Created { .. }));
        created.map(|event| event.account.clone()).collect()
    }

    pub(crate) fn accounts(&self) -> Vec<Value> {
        self.ids().iter().filter_map(|id| self.account(id)).collect()
    }

    pub(crate) fn transactions(&self) -> Vec<Value> {
        (0..self.log.len()).filter_map(|place| self.transaction(place)).collect()
    }

    fn transaction(&self, place: usize) -> Option<Value> {
        let event = &self.log[place];
        let earlier = self.log[..place].iter().filter(|earlier| earlier.account == event.account);
        event.shown(earlier.map(|earlier| earlier.what.amount()).sum())
    }

    /// What happened by itself has no id yet: finds the transactions that are all that the model says they are, and
    /// takes theirs. There are as many as the model knows of.
    pub(crate) fn learn(&mut self, told: &[Value]) {
        for place in 0..self.log.len() {
            if self.log[place].what.transaction().is_none_or(|id| !id.is_empty()) {
                continue;
            }
            let expected = self.transaction(place).unwrap();
            let known: Vec<&str> =
                self.log.iter().filter_map(|event| event.what.transaction()).map(String::as_str).collect();
            let fits = |row: &&Value| {
                let mut fields = expected.as_object().unwrap().iter();
                !known.contains(&at(row, "id"))
                    && fields.all(|(name, value)| name == "id" || row[name] == *value)
            };
            let found = told.iter().find(fits).map(|row| at(row, "id").to_owned());
            let id = found.unwrap_or_else(|| panic!("no such transaction: {expected} among {told:?}"));
            if let Some(transaction) = self.log[place].what.transaction_to_name() {
                *transaction = id;
            }
        }
        assert_eq!(self.transactions().len(), told.len(), "{told:?}");
    }

    pub(crate) fn totals(&self) -> Value {
        let mut totals = json!({ "balance": 0, "earned": 0, "adjusted": 0, "redeemed": 0, "expired": 0 });
        self.log.iter().for_each(|event| event.what.add_to(&mut totals));
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

    pub(crate) fn may_move(&self) -> Result<(), Refused> {
        if self.paused { Err((428, "PROGRAM_NOT_ACTIVE")) } else { Ok(()) }
    }

    /// Adjusts one account after another, as far as each may be, and says of each why it may not.
    pub(crate) fn adjust_all(
        &mut self,
        accounts: &[String],
        balance: Option<i64>,
        amount: Option<i64>,
    ) -> Vec<Option<&'static str>> {
        let mut outcomes = Vec::new();
        for account in accounts {
            outcomes.push(match self.may_adjust(account, balance, amount, None) {
                Ok(amount) => {
                    let what = What::Adjusted { transaction: String::new(), amount, description: None };
                    self.happen(account, what);
                    None
                }
                Err((400, _)) => Some("OUT_OF_RANGE"),
                Err((_, code)) => Some(code),
            });
        }
        outcomes
    }

    pub(crate) fn happen(&mut self, account: &str, what: What) {
        self.log.push(Event { account: account.to_owned(), at: self.now.clone(), what });
    }
}

fn fresh(id: &str, contact: &Value, now: &str) -> Value {
    let mut shown = json!({
        "id": id,
        "contactId": contact["contactId"],
        "createdDate": now,
        "lastActivityDate": now,
        "points": { "balance": 0, "earned": 0, "adjusted": 0, "redeemed": 0, "expired": 0 },
        "contact": {
            "id": contact["contactId"],
            "name": contact["name"],
            "displayName": contact["name"],
            "email": contact["email"],
        },
    });
    if let Some(member) = contact["memberId"].as_str() {
        shown["memberId"] = json!(member);
    }
    shown
}
