//! L2: the sandbox against the reference model. The same steps, the same answers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod model;
#[path = "../support/mod.rs"]
mod support;

use std::cell::Cell;
use std::sync::OnceLock;

use loyalty_contract::fields::FieldSpec;
use model::{Model, What, at};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use support::plain::{Drawn, WAYS, Way, drawn, matches, order, written};
use support::{ACCOUNTS, APP, Service, code};

/// How many steps all runs take together, at least.
const STEPS: usize = 100_000;

#[derive(Debug, Clone)]
enum Step {
    Create(usize),
    Earn { account: usize, amount: i64, key: u8, described: bool },
    Adjust { account: usize, balance: Option<i64>, amount: Option<i64>, revision: Option<usize> },
    Get(usize),
    Totals,
    Ask { way: usize, filter: Drawn, sorts: Vec<(usize, bool)>, limit: usize },
    Pause(bool),
    Advance(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let account = 0..6_usize;
    let amount =
        prop_oneof![6 => -50..300_i64, 1 => Just(9_999_999), 1 => Just(-9_999_999), 1 => Just(10_000_000)];
    let balance = prop_oneof![4 => -1..500_i64, 2 => Just(999_999_999), 1 => Just(1_000_000_000)];
    let revision = prop::option::weighted(0.4, 0..4_usize);
    prop_oneof![
        4 => (0..10_usize).prop_map(Step::Create),
        10 => (account.clone(), amount.clone(), any::<u8>(), any::<bool>())
            .prop_map(|(account, amount, key, described)| Step::Earn { account, amount, key: key % 24, described }),
        5 => (account.clone(), prop::option::weighted(0.5, balance), prop::option::weighted(0.8, amount), revision)
            .prop_map(|(account, balance, amount, revision)| Step::Adjust { account, balance, amount, revision }),
        3 => account.prop_map(Step::Get),
        1 => Just(Step::Totals),
        3 => (0..WAYS.len(), drawn(), prop::collection::vec((any::<usize>(), any::<bool>()), 0..3), 1..20_usize)
            .prop_map(|(way, filter, sorts, limit)| Step::Ask { way, filter, sorts, limit }),
        1 => prop::bool::weighted(0.3).prop_map(Step::Pause),
        3 => (0..90_000_000_i64).prop_map(Step::Advance),
    ]
}

/// The fields that the model knows of.
fn fields(way: usize) -> &'static [FieldSpec] {
    static KNOWN: OnceLock<[Vec<FieldSpec>; 3]> = OnceLock::new();
    let known = |way: Way| {
        let known = way
            .fields
            .iter()
            .filter(|field| !field.path.starts_with("tier.") && !field.path.starts_with("pointsExpiration."));
        known.map(|field| FieldSpec { path: field.path, kind: field.kind }).collect()
    };
    &KNOWN.get_or_init(|| WAYS.map(known))[way]
}

struct Run {
    service: Service,
    model: Model,
    contacts: Vec<Value>,
    accounts: Vec<String>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let options = json!({ "seed": seed, "accounts": 0, "now": "2026-02-27T12:00:00.000Z" });
        let mut service = Service::new(&options.to_string());
        let contacts =
            service.control("GET", "contacts", &Value::Null)["contacts"].as_array().unwrap().clone();
        let now = service.control("GET", "clock", &Value::Null)["now"].as_str().unwrap().to_owned();
        Self { service, model: Model { now, ..Model::default() }, contacts, accounts: Vec::new() }
    }

    fn pick(&self, account: usize) -> Option<String> {
        self.accounts.get(account % self.accounts.len().max(1)).cloned()
    }

    /// Takes the step in both, and compares the answers.
    fn take(&mut self, step: &Step) {
        match step {
            Step::Create(contact) => {
                let contact = self.contacts[contact % self.contacts.len()].clone();
                let answer = self.service.post(ACCOUNTS, &json!({ "contactId": contact["contactId"] }));
                if refused_alike(&answer, self.model.may_create(&contact)).is_some() {
                    let id = at(&answer.1["account"], "id").to_owned();
                    self.model.happen(&id, What::Created { contact });
                    self.accounts.push(id.clone());
                    self.same_account(&id, &answer.1["account"]);
                }
            }
            Step::Earn { account, amount, key, described } => {
                let Some(account) = self.pick(*account) else { return };
                let key = format!("key-{key}");
                let description = described.then(|| format!("Reason {key}"));
                let body = json!({"amount": amount, "appId": APP, "idempotencyKey": key, "description": description});
                let answer = self.service.post(&format!("{ACCOUNTS}/{account}/earn-points"), &body);
                if refused_alike(&answer, self.model.may_earn(&account, *amount, &key)).is_some() {
                    let transaction = at(&answer.1, "transactionId").to_owned();
                    let app = APP.to_owned();
                    let what = What::Earned { transaction, amount: *amount, key, description, app };
                    self.model.happen(&account, what);
                    self.same_account(&account, &answer.1["account"]);
                }
            }
            Step::Adjust { account, balance, amount, revision } => {
                let Some(account) = self.pick(*account) else { return };
                let sent = revision.map(|revision| revision.to_string());
                let body = json!({"balance": balance, "amount": amount, "revision": sent});
                let answer = self.service.adjust(&account, &body);
                let expected = self.model.may_adjust(&account, *balance, *amount, *revision);
                if let Some(amount) = refused_alike(&answer, expected) {
                    let transaction = at(&answer.1, "transactionId").to_owned();
                    self.model.happen(&account, What::Adjusted { transaction, amount, description: None });
                    self.same_account(&account, &answer.1["account"]);
                }
            }
            Step::Get(account) => {
                let Some(id) = self.pick(*account) else { return };
                let shown = self.service.account(&id);
                self.same_account(&id, &shown);
            }
            Step::Totals => {
                let (_, totals) = self.service.get(&format!("{ACCOUNTS}/program-totals"));
                assert_eq!(totals["points"], self.model.totals());
                let tiers = totals["tierTotals"].as_array().unwrap();
                let in_tiers: u64 = tiers.iter().map(|tier| tier["numberOfAccounts"].as_u64().unwrap()).sum();
                assert_eq!(in_tiers, self.accounts.len() as u64);
            }
            Step::Ask { way, filter, sorts, limit } => self.ask(*way, filter, sorts, *limit),
            Step::Pause(paused) => {
                let status = if *paused { "PAUSED" } else { "ACTIVE" };
                self.service.control("POST", "program", &json!({ "status": status }));
                self.model.paused = *paused;
            }
            Step::Advance(by) => {
                let clock = self.service.control("POST", "clock", &json!({ "advanceMs": by }));
                self.model.now = at(&clock, "now").to_owned();
            }
        }
    }

    fn same_account(&self, id: &str, shown: &Value) {
        assert_has(shown, &self.model.account(id).unwrap());
    }

    fn ask(&mut self, which: usize, filter: &Drawn, sorts: &[(usize, bool)], limit: usize) {
        let way = Way { fields: fields(which), ..WAYS[which] };
        let rows = if way.rows == "accounts" { self.model.accounts() } else { self.model.transactions() };
        let filter = written(filter, way, &rows);
        let sorts: Vec<_> =
            sorts.iter().map(|(field, down)| (way.fields[field % way.fields.len()].path, *down)).collect();
        let mut expected: Vec<&Value> = rows.iter().filter(|row| matches(row, &filter)).collect();
        let by_default = [("createdDate", true)];
        let keys = if sorts.is_empty() { &by_default[..] } else { &sorts[..] };
        expected.sort_by(|one, two| {
            let by = |(path, down): &(&str, bool)| {
                let order = order(support::plain::at(one, path), support::plain::at(two, path));
                if *down { order.reverse() } else { order }
            };
            keys.iter().map(by).find(|order| order.is_ne()).unwrap_or_else(|| order(&one["id"], &two["id"]))
        });
        let sort: Vec<Value> = sorts
            .iter()
            .map(|(path, down)| json!({"fieldName": path, "order": if *down { "DESC" } else { "ASC" }}))
            .collect();
        let mut question = json!({"filter": filter, "sort": sort, "cursorPaging": {"limit": limit}});
        let mut found = Vec::new();
        loop {
            let (status, page) = self.service.post(way.path, &json!({ way.envelope: question }));
            assert_eq!(status, 200, "{question}: {page}");
            found.extend(page[way.items].as_array().unwrap().iter().cloned());
            let next = &page["pagingMetadata"]["cursors"]["next"];
            if next.is_null() {
                break;
            }
            question = json!({"cursorPaging": {"cursor": next, "limit": limit}});
        }
        assert_eq!(found.len(), expected.len(), "{filter}");
        for (found, expected) in found.iter().zip(&expected) {
            assert_has(found, expected);
        }
        if way.envelope == "search" {
            let (_, counted) = self.service.post(&format!("{ACCOUNTS}/count"), &json!({ "filter": filter }));
            assert_eq!(counted["count"], json!(expected.len()), "{filter}");
        }
    }
}

/// Both refuse, alike, or both allow.
fn refused_alike<T>((status, answer): &(u16, Value), expected: Result<T, (u16, &'static str)>) -> Option<T> {
    match expected {
        Ok(allowed) => {
            assert_eq!(*status, 200, "{answer}");
            Some(allowed)
        }
        Err((expected, "")) => {
            assert_eq!((*status, code(answer)), (expected, "none"), "{answer}");
            None
        }
        Err(expected) => {
            assert_eq!((*status, code(answer)), expected, "{answer}");
            None
        }
    }
}

/// All that the model knows is there, and just so; what it doesn't know of may be there too.
fn assert_has(shown: &Value, expected: &Value) {
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&shown[name], value, "{name} of {shown}");
    }
    for name in ["memberId", "description", "idempotencyKey"] {
        assert_eq!(shown.get(name), expected.get(name), "{name} of {shown}");
    }
}

#[test]
fn l02_the_reference_model_gives_the_same_answers() {
    let taken = Cell::new(0);
    let mut runner = TestRunner::new(ProptestConfig { cases: 2_200, ..ProptestConfig::default() });
    let runs = (0..1_000_u64, prop::collection::vec(step(), 30..80));
    let outcome = runner.run(&runs, |(seed, steps)| {
        let mut run = Run::new(seed);
        for step in &steps {
            run.take(step);
        }
        taken.set(taken.get() + steps.len());
        // At the end the whole of both, whatever was asked before.
        let accounts = run.service.ledger()["accounts"].clone();
        for (shown, id) in accounts.as_array().unwrap().iter().zip(&run.accounts) {
            run.same_account(id, shown);
        }
        assert_eq!(accounts.as_array().unwrap().len(), run.accounts.len());
        Ok(())
    });
    outcome.unwrap();
    assert!(taken.get() >= STEPS, "{} steps", taken.get());
}

#[test]
fn l02_the_model_itself_adds_up() {
    let mut model = Model { now: "2026-01-01T00:00:00.000Z".into(), ..Model::default() };
    let contact = json!({"contactId": "c", "name": "N", "email": "e", "memberId": null});
    assert_eq!(model.may_create(&contact), Ok(()));
    model.happen("a", What::Created { contact: contact.clone() });
    assert_eq!(model.may_create(&contact), Err((409, "ALREADY_EXISTS")));
    let key = || "k".to_owned();
    model.happen(
        "a",
        What::Earned { transaction: "t".into(), amount: 5, key: key(), description: None, app: key() },
    );
    assert_eq!(model.may_earn("a", 5, "k"), Err((409, "TRANSACTION_ALREADY_EXISTS")));
    assert_eq!(model.may_adjust("a", None, Some(-6), None), Err((428, "INSUFFICIENT_POINTS")));
    assert_eq!(model.may_adjust("a", Some(2), Some(9), Some(2)), Ok(-3));
    assert_eq!(model.account("a").unwrap()["points"]["balance"], 5);
    assert_eq!(model.transactions().len(), 1);
}
