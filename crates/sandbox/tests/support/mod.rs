//! A sandbox and the few words that tests ask it with.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

pub mod plain;

use loyalty_sandbox::{Options, Request, Response, Sandbox};
use serde_json::{Value, json};

pub const ACCOUNTS: &str = "/loyalty-accounts/v1/accounts";
pub const TRANSACTIONS: &str = "/loyalty-transactions/v1/loyalty-transactions";
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

    pub fn get_with_token(&mut self, path: &str, token: &str) -> (u16, Value) {
        let request = Request::new("GET", path).header("Authorization", token);
        read(&self.send(&request))
    }

    pub fn control(&mut self, method: &str, place: &str, body: &Value) -> Value {
        let request = Request::new(method, &format!("/_sandbox/{place}"))
            .header("Host", "127.0.0.1:1234")
            .header("X-Sandbox-Control", "1")
            .json(body);
        let (status, answer) = read(&self.send(&request));
        assert_eq!(status, 200, "{place}: {answer}");
        answer
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
