//! Times the sandbox natively, for one number of accounts: `bench ACCOUNTS`. Prints a line of JSON once it is there,
//! and one for each line that it reads: the microseconds of one round of calls.
//!
//! `bench/sandbox/wasm.js` does the same in WebAssembly. See `bench/README.md`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench fails by panicking"
)]

use std::time::Instant;

use loyalty_sandbox::{Options, Request, Sandbox};
use serde_json::{Value, json};

const SHAPES: &str = include_str!("../../../bench/sandbox/shapes.json");
const ACCOUNTS: &str = "/loyalty-accounts/v1/accounts";
const JOBS: &str = "/async-jobs/v1/async-jobs";
const APP: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
/// Accounts that calls go to, in turn.
const SAMPLES: u32 = 500;

struct Bench {
    sandbox: Sandbox,
    ready: Value,
    number: usize,
}

impl Bench {
    /// The microseconds of a call, and its answer.
    fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> (f64, Value) {
        let text = |name: &str| self.ready[name].as_str().unwrap().to_owned();
        let request = Request::new(method, path)
            .header("host", "127.0.0.1")
            .header("x-sandbox-control", "1")
            .header("authorization", &text("apiKey"))
            .header("wix-site-id", &text("siteId"));
        let request = body.map_or(request.clone(), |body| request.json(body));
        let begun = Instant::now();
        let answer = self.sandbox.handle(&request, 0);
        let took = begun.elapsed().as_secs_f64() * 1e6;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
        (took, serde_json::from_str(&answer.body).unwrap())
    }

    fn earn(&mut self, account: &str) -> f64 {
        self.number += 1;
        let key = format!("bench-{}", self.number);
        let body = json!({
            "accountId": account, "amount": 5, "appId": APP, "activityType": "order", "orderId": key,
            "idempotencyKey": key,
        });
        self.call("POST", &format!("{ACCOUNTS}/{account}/earn-points"), Some(&body)).0
    }

    fn adjust(&mut self, account: &str) -> f64 {
        let body = json!({"accountId": account, "amount": 1, "description": "bench"});
        self.call("POST", &format!("{ACCOUNTS}/{account}/adjust-points"), Some(&body)).0
    }

    fn transactions(&mut self) -> usize {
        self.call("GET", "/_sandbox/count", None).1["transactions"].as_u64().unwrap() as usize
    }

    /// The fixtures have fewer transactions than the plan: jobs add one to as many accounts as are missing, picked
    /// by their contacts' ids, which lie evenly.
    fn fill(&mut self, accounts: usize, wanted: usize) {
        while let Some(missing) = wanted.checked_sub(self.transactions()).filter(|missing| *missing > 0) {
            // A few more, so that some are found whatever is missing.
            let part = (missing + 20) as f64 / accounts as f64;
            let filter = json!({"contact.id": {"$lte": id_at((f64::from(u32::MAX) * part) as u32)}});
            let job = json!({"search": {"filter": filter}, "amount": 1});
            let id = self.call("POST", &format!("{ACCOUNTS}/bulk-adjust"), Some(&job)).1;
            let path = format!("{JOBS}/{}", id["asyncJobId"].as_str().unwrap());
            while self.call("GET", &path, None).1["job"]["status"] != "FINISHED" {}
        }
    }
}

/// An id that begins so.
fn id_at(start: u32) -> String {
    format!("{start:08x}-0000-4000-8000-000000000000")
}

/// Memory that the process has in use.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0
}

fn main() {
    let plan: Value = serde_json::from_str(SHAPES).unwrap();
    let accounts: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let options = json!({"seed": plan["seed"], "accounts": accounts, "now": plan["now"]}).to_string();
    let empty = resident();
    let begun = Instant::now();
    let sandbox = Sandbox::new(Options::from_json(&options).unwrap(), 0);
    let seeding = begun.elapsed().as_secs_f64();
    let memory = resident() - empty;
    let ready = sandbox.ready();
    let mut bench = Bench { sandbox, ready, number: 0 };
    bench.fill(accounts, accounts * plan["transactionsPerAccount"].as_u64().unwrap() as usize);

    // Accounts all over the table: the first behind each of many ids.
    let found: Vec<Value> = (0..SAMPLES)
        .map(|n| {
            let filter = json!({"filter": {"id": {"$gte": id_at(n * (u32::MAX / SAMPLES))}}, "sort": [{"fieldName": "id"}], "cursorPaging": {"limit": 1}});
            bench.call("POST", &format!("{ACCOUNTS}/query"), Some(&json!({ "query": filter }))).1["loyaltyAccounts"][0].clone()
        })
        .filter(|account| !account.is_null())
        .collect();
    let ids: Vec<String> = found.iter().map(|account| account["id"].as_str().unwrap().to_owned()).collect();
    let email = found[found.len() / 2]["contact"]["email"].as_str().unwrap().to_owned();
    let tier = bench.ready["tiers"][2].as_str().unwrap().to_owned();
    let line = json!({
        "platform": "native", "accounts": accounts, "transactions": bench.transactions(),
        "seedingSeconds": seeding, "bytesPerAccount": memory / accounts as f64,
    });
    println!("{line}");

    let calls = plan["callsARound"].as_u64().unwrap() as usize;
    let pages = plan["pagesARound"].as_u64().unwrap() as usize;
    for round in std::io::stdin().lines() {
        let number: usize = round.unwrap().trim().parse().unwrap();
        let id = |n: usize| ids[(number * calls + n) * 7 % ids.len()].clone();
        let mut times = serde_json::Map::new();
        let get: Vec<f64> =
            (0..calls).map(|n| bench.call("GET", &format!("{ACCOUNTS}/{}", id(n)), None).0).collect();
        times.insert("get".to_owned(), json!(get));
        let earn: Vec<f64> = (0..calls).map(|n| bench.earn(&id(n))).collect();
        times.insert("earn".to_owned(), json!(earn));
        let adjust: Vec<f64> = (0..calls).map(|n| bench.adjust(&id(n))).collect();
        times.insert("adjust".to_owned(), json!(adjust));
        for shape in plan["shapes"].as_array().unwrap() {
            let path = shape["path"].as_str().unwrap();
            let page = |n: usize| {
                let body = shape["body"].to_string().replace("{account}", &id(n));
                let body = body.replace("{email}", &email).replace("{tier}", &tier);
                bench.call("POST", path, Some(&serde_json::from_str(&body).unwrap())).0
            };
            let times_of: Vec<f64> = (0..pages).map(page).collect();
            times.insert(shape["name"].as_str().unwrap().to_owned(), json!(times_of));
        }
        println!("{}", Value::Object(times));
    }
}
