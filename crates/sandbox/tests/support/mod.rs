//! A sandbox and the few words that tests ask it with.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

pub mod plain;

use loyalty_sandbox::{Options, Request, Response, Sandbox};
use serde_json::{Value, json};

pub const ACCOUNTS: &str = "/loyalty-accounts/v1/accounts";
pub const TRANSACTIONS: &str = "/loyalty-transactions/v1/loyalty-transactions";
pub const TIERS: &str = "/loyalty-tiers/v1/tiers";
pub const REWARDS: &str = "/loyalty-rewards/v1/rewards";
pub const COUPONS: &str = "/loyalty-coupons/v1/coupons";
pub const PROGRAM: &str = "/loyalty-programs/v1/program";
/// Long enough for a coupon to be made, by the real clock.
pub const MAKING_MS: i64 = 200;
pub const APP: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
/// The real clock of these tests.
pub const NOW: i64 = 1_790_000_000_000;

pub struct Service {
    pub sandbox: Sandbox,
    pub now: i64,
    pub ready: Value,
}

impl Service {
    pub fn new(options: &str) -> Self {
        let sandbox = Sandbox::new(Options::from_json(options).unwrap(), NOW);
        let ready = sandbox.ready();
        Self { sandbox, now: NOW, ready }
    }

    pub fn send(&mut self, request: &Request) -> Response {
        self.sandbox.handle(request, self.now)
    }

    pub fn as_app(&self, request: Request) -> Request {
        let text = |name: &str| self.ready[name].as_str().unwrap().to_owned();
        request.header("Authorization", &text("apiKey")).header("wix-site-id", &text("siteId"))
    }

    pub fn post(&mut self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.as_app(Request::new("POST", path).json(body));
        read(&self.send(&request))
    }

    pub fn get(&mut self, path: &str) -> (u16, Value) {
        let request = self.as_app(Request::new("GET", path));
        read(&self.send(&request))
    }

    /// A call with a body, or a DELETE without one, by the app.
    pub fn call(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = Request::new(method, path);
        let request = if body.is_null() { request } else { request.json(body) };
        let request = self.as_app(request);
        read(&self.send(&request))
    }

    /// A call that must go well.
    pub fn done(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(method, path, body);
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    pub fn ready_id(&self, list: &str, at: usize) -> String {
        self.ready[list][at].as_str().unwrap().to_owned()
    }

    /// An account with that balance.
    pub fn account_with(&mut self, points: i64) -> String {
        let account = self.fresh_account();
        if points > 0 {
            assert_eq!(self.earn(&account, points, "welcome").0, 200);
        }
        account
    }

    pub fn redeem(&mut self, account: &str, reward: &str) -> (u16, Value) {
        self.post(COUPONS, &json!({"rewardId": reward, "loyaltyAccountId": account}))
    }

    pub fn coupon(&mut self, id: &str) -> Value {
        self.done("GET", &format!("{COUPONS}/{id}"), &Value::Null)["loyaltyCoupon"].clone()
    }

    pub fn set_clock(&mut self, now: &str) {
        self.control("POST", "clock", &json!({"now": now, "still": true}));
    }

    pub fn transactions(&mut self, account: &str, kind: &str) -> Vec<Value> {
        let query = json!({"query": {
            "filter": {"accountId": account, "transactionType": kind},
            "sort": [{"fieldName": "createdDate", "order": "ASC"}],
        }});
        let found = self.done("POST", &format!("{TRANSACTIONS}/query"), &query);
        found["loyaltyTransactions"].as_array().unwrap().clone()
    }

    pub fn get_with_token(&mut self, path: &str, token: &str) -> (u16, Value) {
        let request = Request::new("GET", path).header("Authorization", token);
        read(&self.send(&request))
    }

    pub fn control(&mut self, method: &str, place: &str, body: &Value) -> Value {
        let (status, answer) = self.try_control(method, place, body);
        assert_eq!(status, 200, "{place}: {answer}");
        answer
    }

    pub fn try_control(&mut self, method: &str, place: &str, body: &Value) -> (u16, Value) {
        let request = Request::new(method, &format!("/_sandbox/{place}"))
            .header("Host", "127.0.0.1:1234")
            .header("X-Sandbox-Control", "1")
            .json(body);
        read(&self.send(&request))
    }

    /// The whole ledger, without the clock.
    pub fn ledger(&mut self) -> Value {
        let mut export = self.control("GET", "export", &Value::Null);
        export.as_object_mut().unwrap().remove("clock");
        export
    }

    pub fn member(&self, at: usize, field: &str) -> String {
        self.ready["members"][at][field].as_str().unwrap().to_owned()
    }

    pub fn spare_contact(&self, at: usize) -> String {
        self.ready["contacts"][at]["contactId"].as_str().unwrap().to_owned()
    }

    /// A new account with nothing in it.
    pub fn fresh_account(&mut self) -> String {
        let contact = self.control("POST", "contacts", &json!({}));
        let (status, answer) = self.post(ACCOUNTS, &json!({"contactId": contact["contact"]["contactId"]}));
        assert_eq!(status, 200, "{answer}");
        answer["account"]["id"].as_str().unwrap().to_owned()
    }

    pub fn earn(&mut self, account: &str, amount: i64, key: &str) -> (u16, Value) {
        let body = json!({"amount": amount, "appId": APP, "idempotencyKey": key});
        self.post(&format!("{ACCOUNTS}/{account}/earn-points"), &body)
    }

    pub fn adjust(&mut self, account: &str, body: &Value) -> (u16, Value) {
        self.post(&format!("{ACCOUNTS}/{account}/adjust-points"), body)
    }

    pub fn account(&mut self, id: &str) -> Value {
        let (status, answer) = self.get(&format!("{ACCOUNTS}/{id}?id={id}"));
        assert_eq!(status, 200, "{answer}");
        answer["account"].clone()
    }
}

pub fn read(response: &Response) -> (u16, Value) {
    (response.status, serde_json::from_str(&response.body).unwrap_or(Value::Null))
}

/// The code of an application error.
pub fn code(answer: &Value) -> &str {
    answer["details"]["applicationError"]["code"].as_str().unwrap_or("none")
}

/// Fields and rules of a validation error.
pub fn violations(answer: &Value) -> Vec<(String, String)> {
    let all = answer["details"]["validationError"]["fieldViolations"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all.iter().map(|violation| (text(&violation["field"]), text(&violation["violatedRule"]))).collect()
}

pub fn violation(field: &str, rule: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), rule.to_owned())]
}
