//! A sandbox and the model side by side.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use loyalty_contract::fields::{COUPONS_QUERY, FieldSpec};
use serde_json::{Value, json};

use super::model::{Model, Refused, What, at};
use super::step::{ASKED, Step};
use super::support::plain::{self, Drawn, WAYS, Way, matches, order, written};
use super::support::{ACCOUNTS, APP, COUPONS, MAKING_MS, PROGRAM, Service, TIERS, code};
use super::time::Terms;

const JOBS: &str = "/async-jobs/v1/async-jobs";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

const OF_COUPONS: Way = Way {
    path: "/loyalty-coupons/v1/coupons/query",
    envelope: "query",
    items: "loyaltyCoupons",
    rows: "coupons",
    fields: COUPONS_QUERY,
};

/// A way to ask, and of its fields those that the model knows of.
fn way(number: usize) -> Way {
    static KNOWN: OnceLock<[Vec<FieldSpec>; ASKED]> = OnceLock::new();
    let [accounts, search, transactions] = WAYS;
    let ways = [accounts, search, transactions, OF_COUPONS];
    let known = |way: Way| {
        let known = way.fields.iter().filter(|field| field.path != "couponReference");
        known.map(|field| FieldSpec { path: field.path, kind: field.kind }).collect()
    };
    Way { fields: &KNOWN.get_or_init(|| ways.map(known))[number], ..ways[number] }
}

pub(crate) struct Run {
    service: Service,
    model: Model,
    contacts: Vec<Value>,
    accounts: Vec<String>,
    coupons: Vec<String>,
    jobs: usize,
}

impl Run {
    pub(crate) fn new(seed: u64) -> Self {
        let options = json!({ "seed": seed, "accounts": 0, "now": "2026-02-27T12:00:00.000Z" });
        let mut service = Service::new(&options.to_string());
        let site = service.control("GET", "export", &Value::Null);
        let list = |name: &str| site[name].as_array().unwrap().clone();
        let model = Model {
            now: at(&site["clock"], "now").to_owned(),
            rewards: list("rewards"),
            tiers: list("tiers"),
            window: 12,
            fate: "ACTIVE".into(),
            ..Model::default()
        };
        let (contacts, accounts, coupons) = (list("contacts"), Vec::new(), Vec::new());
        Self { service, model, contacts, accounts, coupons, jobs: 0 }
    }

    fn pick(&self, account: usize) -> Option<String> {
        self.accounts.get(account % self.accounts.len().max(1)).cloned()
    }

    /// What has happened, counted.
    pub(crate) fn count(&self, counts: &mut BTreeMap<&'static str, usize>) {
        for event in &self.model.log {
            *counts.entry(event.what.name()).or_default() += 1;
        }
        *counts.entry("jobs").or_default() += self.jobs;
        let in_tiers = self.accounts.iter().filter(|id| self.model.tier(id).is_some());
        *counts.entry("in a tier").or_default() += in_tiers.count();
    }

    /// Takes the step in both, and compares the answers.
    pub(crate) fn take(&mut self, step: &Step) {
        match step {
            Step::Create(contact) => self.create(*contact),
            Step::Earn { account, amount, key, described } => self.earn(*account, *amount, *key, *described),
            Step::Adjust { account, balance, amount, revision } => {
                self.adjust(*account, *balance, *amount, *revision);
            }
            Step::Get(account) => {
                let Some(id) = self.pick(*account) else { return };
                let shown = self.service.account(&id);
                self.same_account(&id, &shown);
            }
            Step::Totals => self.same_totals(),
            Step::Ask { way: number, filter, sorts, limit } => self.ask(way(*number), filter, sorts, *limit),
            Step::Pause(paused) => {
                let status = if *paused { "PAUSED" } else { "ACTIVE" };
                self.service.control("POST", "program", &json!({ "status": status }));
                self.model.pause(*paused);
            }
            Step::Advance(by) => {
                let clock = self.service.control("POST", "clock", &json!({ "advanceMs": by }));
                self.model.go_on(at(&clock, "now"));
                self.learn();
            }
            Step::Redeem { account, reward } => self.redeem(*account, *reward),
            Step::Order { coupon, order } => self.order(*coupon, order),
            Step::Fate(outcome) => {
                self.service.control("POST", "coupons", &json!({ "outcome": outcome }));
                self.model.fate = (*outcome).to_owned();
            }
            Step::Wait => {
                self.service.now += MAKING_MS;
                self.model.wait();
                self.learn();
            }
            Step::Expiry { on, months, percent } => {
                let terms = json!({"monthsOfInactivity": months, "expiringPointsPercentage": percent});
                let program = json!({"loyaltyProgram": {"pointsExpiration": terms}});
                self.service.done("PATCH", PROGRAM, &program);
                let order = if *on { "enable" } else { "disable" };
                self.service.done("POST", &format!("{PROGRAM}/points-expiration/{order}"), &json!({}));
                self.model.begin_terms(Terms { on: *on, months: *months, percent: *percent });
            }
            Step::Window(months) => {
                let path = format!("{TIERS}/program-settings");
                let told = self.service.done("GET", &path, &Value::Null);
                let settings = json!({
                    "rollingWindow": {"durationInMonths": months}, "status": "ACTIVE",
                    "revision": told["programSettings"]["revision"],
                });
                self.service.done("PATCH", &path, &json!({ "programSettings": settings }));
                self.model.window = *months;
            }
            Step::Bulk { filter, balance, amount } => self.bulk(filter, *balance, *amount),
        }
    }

    fn create(&mut self, contact: usize) {
        let contact = self.contacts[contact % self.contacts.len()].clone();
        let answer = self.service.post(ACCOUNTS, &json!({ "contactId": contact["contactId"] }));
        if refused_alike(&answer, self.model.may_create(&contact)).is_some() {
            let id = at(&answer.1["account"], "id").to_owned();
            self.model.happen(&id, What::Created { contact });
            self.accounts.push(id.clone());
            self.same_account(&id, &answer.1["account"]);
        }
    }

    fn earn(&mut self, account: usize, amount: i64, key: u8, described: bool) {
        let Some(account) = self.pick(account) else { return };
        let key = format!("key-{key}");
        let description = described.then(|| format!("Reason {key}"));
        let body = json!({"amount": amount, "appId": APP, "idempotencyKey": key, "description": description});
        let answer = self.service.post(&format!("{ACCOUNTS}/{account}/earn-points"), &body);
        if refused_alike(&answer, self.model.may_earn(&account, amount, &key)).is_some() {
            let transaction = at(&answer.1, "transactionId").to_owned();
            let app = APP.to_owned();
            self.model.happen(&account, What::Earned { transaction, amount, key, description, app });
            self.same_account(&account, &answer.1["account"]);
        }
    }

    fn adjust(&mut self, account: usize, balance: Option<i64>, amount: Option<i64>, revision: Option<usize>) {
        let Some(account) = self.pick(account) else { return };
        let sent = revision.map(|revision| revision.to_string());
        let body = json!({"balance": balance, "amount": amount, "revision": sent});
        let answer = self.service.adjust(&account, &body);
        let expected = self.model.may_adjust(&account, balance, amount, revision);
        if let Some(amount) = refused_alike(&answer, expected) {
            let transaction = at(&answer.1, "transactionId").to_owned();
            self.model.happen(&account, What::Adjusted { transaction, amount, description: None });
            self.same_account(&account, &answer.1["account"]);
        }
    }

    fn redeem(&mut self, account: usize, reward: usize) {
        let Some(account) = self.pick(account) else { return };
        let reward = self.model.rewards.get(reward).cloned();
        let id = reward.as_ref().map_or(NOBODY, |reward| at(reward, "id")).to_owned();
        let answer = self.service.redeem(&account, &id);
        if let Some(cost) = refused_alike(&answer, self.model.may_redeem(&account, reward.as_ref())) {
            let coupon = at(&answer.1["coupon"], "id").to_owned();
            let (reward, fate) = (reward.unwrap(), self.model.fate.clone());
            self.model.happen(&account, What::Begun { coupon: coupon.clone(), reward, cost, fate });
            self.coupons.push(coupon.clone());
            assert_has(&answer.1["coupon"], &self.model.shown_coupon(&coupon).unwrap());
        }
    }

    fn order(&mut self, coupon: usize, order: &str) {
        let Some(id) = self.coupons.get(coupon % self.coupons.len().max(1)).cloned() else { return };
        let answer = self.service.try_control("POST", &format!("coupons/{id}/{order}"), &Value::Null);
        if refused_alike(&answer, self.model.order(&id, order)).is_some() {
            self.learn();
            let shown = self.service.done("GET", &format!("{COUPONS}/{id}"), &Value::Null);
            assert_has(&shown["loyaltyCoupon"], &self.model.shown_coupon(&id).unwrap());
        }
    }

    fn bulk(&mut self, filter: &Drawn, balance: Option<i64>, amount: i64) {
        let rows = self.model.accounts();
        let filter = written(filter, way(1), &rows);
        let amount = if balance.is_some() { None } else { Some(amount) };
        let mut body = json!({ "search": { "filter": filter } });
        for (name, value) in [("balance", balance), ("amount", amount)] {
            if let Some(value) = value {
                body[name] = json!(value);
            }
        }
        let answer = self.service.post(&format!("{ACCOUNTS}/bulk-adjust"), &body);
        if refused_alike(&answer, self.model.may_move()).is_none() {
            return;
        }
        let job = format!("{JOBS}/{}", at(&answer.1, "asyncJobId"));
        // Where the clock stands still, each call moves a job on.
        let polls = (0..5).map(|_| self.service.get(&job).1["job"].clone());
        let done = polls.last().unwrap();
        let targets = rows.iter().filter(|row| matches(row, &filter)).map(|row| at(row, "id").to_owned());
        let targets: Vec<String> = targets.collect();
        let outcomes = self.model.adjust_all(&targets, balance, amount);
        let failed = outcomes.iter().flatten().count();
        self.jobs += usize::from(!targets.is_empty());
        assert_eq!(done["status"], "FINISHED");
        assert_eq!(
            done["counters"],
            json!({"itemsToProcess": targets.len(), "itemsSucceeded": targets.len() - failed, "itemsFailed": failed})
        );
        self.learn();
        let (_, page) = self.service.get(&format!("{job}/items?paging.limit=100"));
        let told = page["items"].as_array().unwrap().iter().map(|item| {
            let told = &item["itemMetadata"];
            (at(told, "id"), told["success"].as_bool().unwrap(), told["error"]["code"].as_str())
        });
        let expected = targets.iter().zip(&outcomes).map(|(id, code)| (id.as_str(), code.is_none(), *code));
        assert_eq!(told.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{filter}");
    }

    /// Names what happened by itself after the sandbox.
    fn learn(&mut self) {
        let ledger = self.service.ledger();
        self.model.learn(ledger["transactions"].as_array().unwrap());
    }

    fn same_account(&self, id: &str, shown: &Value) {
        assert_has(shown, &self.model.account(id).unwrap());
    }

    fn same_totals(&mut self) {
        let (_, totals) = self.service.get(&format!("{ACCOUNTS}/program-totals"));
        assert_eq!(totals["points"], self.model.totals());
        let mut counted = 0;
        for told in totals["tierTotals"].as_array().unwrap() {
            let tiers = self.accounts.iter().map(|id| self.model.tier(id));
            let inside = tiers.filter(|tier| tier.map_or(&Value::Null, |tier| &tier["id"]) == &told["id"]);
            let inside = inside.count();
            assert_eq!(told["numberOfAccounts"], json!(inside), "{told}");
            counted += inside;
        }
        assert_eq!(counted, self.accounts.len());
    }

    /// The whole of both, whatever was asked before.
    pub(crate) fn same_in_the_end(&mut self) {
        self.learn();
        self.same_totals();
        let ledger = self.service.ledger();
        let model = &self.model;
        for (name, all) in [
            ("accounts", model.accounts()),
            ("transactions", model.transactions()),
            ("coupons", model.coupons()),
        ] {
            let told = ledger[name].as_array().unwrap();
            assert_eq!(told.len(), all.len(), "{name}");
            for expected in &all {
                let shown = told.iter().find(|row| row["id"] == expected["id"]);
                assert_has(shown.unwrap_or(&Value::Null), expected);
            }
        }
    }

    fn ask(&mut self, way: Way, filter: &Drawn, sorts: &[(usize, bool)], limit: usize) {
        let rows = match way.rows {
            "accounts" => self.model.accounts(),
            "coupons" => self.model.coupons(),
            _ => self.model.transactions(),
        };
        let filter = written(filter, way, &rows);
        let sorts: Vec<_> =
            sorts.iter().map(|(field, down)| (way.fields[field % way.fields.len()].path, *down)).collect();
        let mut expected: Vec<&Value> = rows.iter().filter(|row| matches(row, &filter)).collect();
        let by_default = [("createdDate", true)];
        let keys = if sorts.is_empty() { &by_default[..] } else { &sorts[..] };
        expected.sort_by(|one, two| {
            let by = |(path, down): &(&str, bool)| {
                let order = order(plain::at(one, path), plain::at(two, path));
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
            let paging = if way.rows == "coupons" { &page["metadata"] } else { &page["pagingMetadata"] };
            let next = &paging["cursors"]["next"];
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
fn refused_alike<T>((status, answer): &(u16, Value), expected: Result<T, Refused>) -> Option<T> {
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
        // Since when an account is in its tier is no question of the model's.
        if name == "tier" {
            let told = ["id", "points"].map(|name| &shown["tier"][name]);
            assert_eq!(told, ["id", "points"].map(|name| &value[name]), "the tier of {shown}");
            continue;
        }
        assert_eq!(&shown[name], value, "{name} of {shown}");
    }
    for name in ["memberId", "description", "idempotencyKey", "pointsExpiration", "transactionId"] {
        assert_eq!(shown.get(name), expected.get(name), "{name} of {shown}");
    }
}
