//! Times the sandbox natively, for one number of accounts: `bench ACCOUNTS`. Prints one line of JSON.
//!
//! `bench/sandbox/wasm.js` does the same calls in WebAssembly. See `bench/README.md`.

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
const APP: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
/// Accounts that calls go to, in turn.
const SAMPLES: u64 = 500;
const CALLS: usize = 2_000;
const PAGES: usize = 40;

struct Bench {
    sandbox: Sandbox,
    key: String,
    site: String,
    now: i64,
}

impl Bench {
    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Request {
        let request = Request::new(method, path)
            .header("host", "127.0.0.1")
            .header("authorization", &self.key)
            .header("wix-site-id", &self.site);
        body.map_or(request.clone(), |body| request.json(body))
    }

    /// The microseconds of a call, and its answer.
    fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> (f64, Value) {
        let request = self.request(method, path, body);
        let begun = Instant::now();
        let answer = self.sandbox.handle(&request, self.now);
        let took = begun.elapsed().as_secs_f64() * 1e6;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
        (took, serde_json::from_str(&answer.body).unwrap())
    }

    fn earn(&mut self, account: &str, number: usize) -> f64 {
        let body = json!({
            "accountId": account, "amount": 5, "appId": APP, "activityType": "order",
            "orderId": format!("bench-{number}"), "idempotencyKey": format!("bench-{number}"),
        });
        self.call("POST", &format!("{ACCOUNTS}/{account}/earn-points"), Some(&body)).0
    }

    fn adjust(&mut self, account: &str) -> f64 {
        let body = json!({"accountId": account, "amount": 1, "description": "bench"});
        self.call("POST", &format!("{ACCOUNTS}/{account}/adjust-points"), Some(&body)).0
    }
}

/// Memory that the process has in use.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0
}

fn summary(mut times: Vec<f64>) -> Value {
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    let mean = times.iter().sum::<f64>() / times.len() as f64;
    json!({ "median": at(0.5), "mean": mean, "p95": at(0.95), "max": at(1.0), "calls": times.len() })
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
    let text = |name: &str| ready[name].as_str().unwrap().to_owned();
    let mut bench = Bench { sandbox, key: text("apiKey"), site: text("siteId"), now: 0 };

    // Accounts all over the table: the first behind each of many ids.
    let sample = |n: u64| format!("{:08x}-0000-4000-8000-000000000000", n * (u64::from(u32::MAX) / SAMPLES));
    let found: Vec<Value> = (0..SAMPLES)
        .map(|n| {
            let filter = json!({"filter": {"id": {"$gte": sample(n)}}, "sort": [{"fieldName": "id"}], "cursorPaging": {"limit": 1}});
            bench.call("POST", &format!("{ACCOUNTS}/query"), Some(&json!({ "query": filter }))).1["loyaltyAccounts"][0].clone()
        })
        .filter(|account| !account.is_null())
        .collect();
    let ids: Vec<String> = found.iter().map(|account| account["id"].as_str().unwrap().to_owned()).collect();
    let id = |n: usize| ids[n * 7 % ids.len()].clone();
    let email = found[found.len() / 2]["contact"]["email"].as_str().unwrap().to_owned();

    // The fixtures have about 4.6 transactions an account; earns fill up to the number of the plan.
    let count = |bench: &mut Bench| {
        let control = Request::new("GET", "/_sandbox/count")
            .header("host", "127.0.0.1")
            .header("x-sandbox-control", "1");
        serde_json::from_str::<Value>(&bench.sandbox.handle(&control, 0).body).unwrap()["transactions"]
            .as_u64()
            .unwrap() as usize
    };
    let wanted = accounts * plan["transactionsPerAccount"].as_u64().unwrap() as usize;
    let mut number = 0;
    for _ in count(&mut bench)..wanted {
        bench.earn(&id(number), number);
        number += 1;
    }
    let transactions = count(&mut bench);

    let mut results = serde_json::Map::new();
    let path = |n: usize| format!("{ACCOUNTS}/{}", id(n));
    for n in 0..CALLS {
        bench.call("GET", &path(n), None);
    }
    let get = (0..CALLS).map(|n| bench.call("GET", &path(n), None).0).collect();
    results.insert("get".into(), summary(get));
    let earn = (0..CALLS).map(|n| bench.earn(&id(n), number + n)).collect();
    results.insert("earn".into(), summary(earn));
    let adjust = (0..CALLS).map(|n| bench.adjust(&id(n))).collect();
    results.insert("adjust".into(), summary(adjust));
    for shape in plan["shapes"].as_array().unwrap() {
        let path = shape["path"].as_str().unwrap();
        let call = |n: usize, bench: &mut Bench| {
            let body = shape["body"].to_string().replace("{account}", &id(n)).replace("{email}", &email);
            bench.call("POST", path, Some(&serde_json::from_str(&body).unwrap()))
        };
        for n in 0..2 {
            call(n, &mut bench);
        }
        let times = (0..PAGES).map(|n| call(n, &mut bench).0).collect();
        results.insert(shape["name"].as_str().unwrap().to_owned(), summary(times));
    }
    let line = json!({
        "platform": "native", "accounts": accounts, "transactions": transactions, "seedingSeconds": seeding,
        "bytesPerAccount": memory / accounts as f64, "microseconds": results,
    });
    println!("{line}");
}
