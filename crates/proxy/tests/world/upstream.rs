//! An upstream of two members that pays each key once, and can lose answers.

use super::{A, B, C, Person};
use loyalty_proxy::{Event, UpstreamCall};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What befalls a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It arrives, and its answer is lost.
    After,
    /// It never arrives.
    Before,
}

#[derive(Default)]
pub struct Upstream {
    /// Every call that arrived or not.
    pub calls: Vec<UpstreamCall>,
    /// (account, key) → amount.
    pub paid: BTreeMap<(String, String), i64>,
    /// What happens to the next writes, first to last.
    pub faults: Vec<Fault>,
    /// Whether C has an account, and how often one was asked for.
    pub created: bool,
    pub creations: usize,
    /// (account, amount, description) of each adjustment.
    pub adjusted: Vec<(String, i64, String)>,
    /// Whether adjustments are not to be seen yet among the transactions.
    pub blind: bool,
    /// Changes of accounts by others, each of which counts its revision up.
    pub changes: usize,
    /// Answers a known key with 200 and the first transaction, not with 409.
    pub replays: bool,
    /// Answers the next earn with a refusal.
    pub refuse_next_earn: bool,
    /// The status and `Retry-After` of the next answer, whatever was asked.
    pub say_next: Option<(u16, Option<String>)>,
    /// Somebody else adjusts before the next adjustment arrives.
    pub raced: bool,
}

pub fn account(person: &Person, balance: i64) -> Value {
    json!({
        "id": person.account, "memberId": person.member, "contactId": person.contact, "rewardAvailable": false,
        "revision": "1", "contact": {"email": format!("{}@secret", person.account)},
        "points": {"balance": balance, "earned": balance, "adjusted": 0, "redeemed": 0, "expired": 0},
    })
}

fn reply(status: u16, body: &Value) -> Event {
    Event::Replied { status, headers: Vec::new(), text: body.to_string() }
}

fn refusal(status: u16, code: &str) -> Event {
    reply(status, &json!({"message": "m", "details": {"applicationError": {"code": code}}}))
}

impl Upstream {
    pub fn credits(&self) -> usize {
        self.paid.len()
    }

    pub fn apply(&mut self, call: UpstreamCall) -> Event {
        let (path, body) = (call.path.clone(), call.body.clone().unwrap_or_default());
        let is_read = call.method == "GET" || path.ends_with("/query") || path.ends_with("/count");
        self.calls.push(call);
        let fault = if !is_read && !self.faults.is_empty() { Some(self.faults.remove(0)) } else { None };
        if fault == Some(Fault::Before) {
            return Event::NoReply { why: serde_json::from_value(json!("network")).unwrap() };
        }
        if let Some((status, wait)) = self.say_next.take() {
            let headers = wait.map(|wait| ("retry-after".to_owned(), wait)).into_iter().collect();
            return Event::Replied { status, headers, text: String::new() };
        }
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        let event = self.answer(path.split('?').next().unwrap_or_default(), &path, &body);
        if fault == Some(Fault::After) {
            return Event::NoReply { why: serde_json::from_value(json!("timeout")).unwrap() };
        }
        event
    }

    fn answer(&mut self, path: &str, whole: &str, body: &Value) -> Event {
        let person = self.people().into_iter().find(|person| {
            path.ends_with(person.account)
                || whole.contains(&format!("memberId={}", person.member))
                || whole.contains(&format!("contactId={}", person.contact))
        });
        let transaction = |person: &Person, more: &Value| {
            json!({"id": person.transaction, "accountId": person.account, "amount": more["amount"].as_i64().unwrap_or(5),
                "transactionType": "EARN", "idempotencyKey": more["key"].as_str().unwrap_or("k")})
        };
        if path.ends_with("/earn-points") {
            if std::mem::take(&mut self.refuse_next_earn) {
                return refusal(428, "PROGRAM_NOT_ACTIVE");
            }
            return self.earn(body);
        }
        if path.ends_with("/adjust-points") {
            return self.adjust(body);
        }
        if path.ends_with("/bulk-adjust") {
            return reply(200, &json!({"asyncJobId": A.transaction}));
        }
        if path.ends_with("/accounts/count") {
            return reply(200, &json!({"count": 3}));
        }
        if path.ends_with("/loyalty-transactions/query") {
            let filter = &body["query"]["filter"];
            let parts = filter["$and"].as_array().cloned().unwrap_or_else(|| vec![filter.clone()]);
            let find = |name: &str| parts.iter().find_map(|part| part[name].as_str().map(str::to_owned));
            let whose = find("accountId");
            if let Some(words) = filter["description"]["$startsWith"].as_str() {
                let found = self.adjusted.iter().filter(|(account, _, description)| {
                    whose.as_deref() == Some(account) && description.starts_with(words) && !self.blind
                });
                let items: Vec<Value> = found
                    .map(|(account, amount, description)| {
                        json!({"id": B.transaction, "accountId": account, "amount": amount, "transactionType": "ADJUST",
                            "description": description, "idempotencyKey": "none"})
                    })
                    .collect();
                return reply(200, &json!({"loyaltyTransactions": items, "pagingMetadata": {}}));
            }
            let mut items = Vec::new();
            for person in [&A, &B] {
                // Without a filter for one account the upstream gives everybody's: what the proxy must never let happen.
                if whose.as_deref().is_some_and(|id| id != person.account) {
                    continue;
                }
                match find("idempotencyKey") {
                    Some(key) => {
                        if let Some(amount) = self.paid.get(&(person.account.to_owned(), key.clone())) {
                            items.push(transaction(person, &json!({"amount": amount, "key": key})));
                        }
                    }
                    None => items.push(transaction(person, &json!({}))),
                }
            }
            return reply(200, &json!({"loyaltyTransactions": items, "pagingMetadata": {}}));
        }
        if path.ends_with("/coupons/query") || path.ends_with("/my-coupons") {
            return reply(200, &json!({"loyaltyCoupons": [], "metadata": {}}));
        }
        if path.ends_with("/v1/coupons") {
            let coupon = json!({"id": A.transaction, "accountId": body["loyaltyAccountId"], "status": "ACTIVE",
                "couponReference": {"couponId": A.transaction, "code": "c"}, "rewardName": "r"});
            return reply(200, &json!({"coupon": coupon}));
        }
        if path.contains("/loyalty-transactions/v1/loyalty-transactions/") {
            let owner = [&A, &B].into_iter().find(|person| path.ends_with(person.transaction));
            return owner.map_or_else(
                || refusal(404, "NOT_FOUND"),
                |person| reply(200, &json!({"loyaltyTransaction": transaction(person, &json!({}))})),
            );
        }
        if path.contains("/loyalty-accounts/v1/accounts/") {
            return person.map_or_else(
                || refusal(404, "NOT_FOUND"),
                |person| reply(200, &json!({"account": self.shown(person)})),
            );
        }
        if path.ends_with("/loyalty-accounts/v1/accounts") {
            return self.create(body);
        }
        if path.ends_with("/v1/program") {
            let program = json!({"name": "Points", "pointDefinition": {}, "status": "ACTIVE"});
            return reply(200, &json!({ "loyaltyProgram": program }));
        }
        refusal(501, "UNIMPLEMENTED")
    }

    fn people(&self) -> Vec<&'static Person> {
        if self.created { vec![&A, &B, &C] } else { vec![&A, &B] }
    }

    pub fn balance(&self, person: &Person) -> i64 {
        let paid = self.paid.iter().filter(|((account, _), _)| account == person.account);
        let adjusted = self.adjusted.iter().filter(|(account, _, _)| account == person.account);
        paid.map(|(_, amount)| amount).sum::<i64>() + adjusted.map(|(_, amount, _)| amount).sum::<i64>()
    }

    fn revision(&self, person: &Person) -> String {
        let adjusted = self.adjusted.iter().filter(|(account, _, _)| account == person.account).count();
        (1 + adjusted + self.changes).to_string()
    }

    fn shown(&self, person: &Person) -> Value {
        let mut account = account(person, self.balance(person));
        account["revision"] = json!(self.revision(person));
        account
    }

    fn create(&mut self, body: &Value) -> Event {
        self.creations += 1;
        if body["contactId"] != C.contact {
            return refusal(404, "NOT_FOUND");
        }
        if std::mem::replace(&mut self.created, true) {
            return refusal(409, "ALREADY_EXISTS");
        }
        reply(200, &json!({"account": self.shown(&C)}))
    }

    fn adjust(&mut self, body: &Value) -> Event {
        let Some(person) = self.people().into_iter().find(|person| body["accountId"] == person.account)
        else {
            return refusal(404, "NOT_FOUND");
        };
        if std::mem::take(&mut self.raced) {
            self.changes += 1;
        }
        if body["revision"].as_str().is_some_and(|revision| revision != self.revision(person)) {
            return refusal(409, "ABORTED");
        }
        let amount = body["amount"].as_i64().unwrap_or_default();
        if self.balance(person) + amount < 0 {
            return refusal(428, "INSUFFICIENT_POINTS");
        }
        let words = body["description"].as_str().unwrap_or_default().to_owned();
        self.adjusted.push((person.account.to_owned(), amount, words));
        reply(200, &json!({"account": self.shown(person), "transactionId": B.transaction}))
    }

    fn earn(&mut self, body: &Value) -> Event {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let key = (text("accountId"), text("idempotencyKey"));
        if self.paid.contains_key(&key) && !self.replays {
            return refusal(409, "TRANSACTION_ALREADY_EXISTS");
        }
        self.paid.entry(key).or_insert_with(|| body["amount"].as_i64().unwrap_or_default());
        let person =
            [&A, &B, &C].into_iter().find(|person| text("accountId") == person.account).unwrap_or(&B);
        reply(
            200,
            &json!({"account": account(person, self.balance(person)), "transactionId": person.transaction}),
        )
    }
}
