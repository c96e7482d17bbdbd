//! L13: bulk jobs, their states and what happens to single accounts.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use loyalty_sandbox::Request;
use serde_json::{Value, json};
use support::{ACCOUNTS, Service, code, read, violation, violations};

const JOBS: &str = "/async-jobs/v1/async-jobs";

fn start(service: &mut Service, body: &Value) -> String {
    let (status, answer) = service.post(&format!("{ACCOUNTS}/bulk-adjust"), body);
    assert_eq!(status, 200, "{answer}");
    answer["asyncJobId"].as_str().unwrap().to_owned()
}

fn job(service: &mut Service, id: &str) -> Value {
    let (status, answer) = service.get(&format!("{JOBS}/{id}"));
    assert_eq!(status, 200, "{answer}");
    answer["job"].clone()
}

fn items(service: &mut Service, id: &str, query: &str) -> (u16, Value) {
    service.get(&format!("{JOBS}/{id}/items{query}"))
}

#[test]
fn l13_a_job_goes_from_initialized_to_finished_by_the_clock() {
    let mut service = Service::new(r#"{"accounts": 40}"#);
    let id = start(&mut service, &json!({ "amount": 7 }));
    let counters =
        |processed: u64| json!({"itemsToProcess": 40, "itemsSucceeded": processed, "itemsFailed": 0});
    let before = job(&mut service, &id);
    assert_eq!((&before["id"], &before["status"]), (&json!(id), &json!("INITIALIZED")));
    assert_eq!((&before["counters"], &before["createdDate"]), (&counters(0), &before["updatedDate"]));
    for (later, status, processed) in [(50, "PROCESSING", 0), (1, "PROCESSING", 20), (1, "FINISHED", 40)] {
        service.now += later;
        let now = job(&mut service, &id);
        assert_eq!((&now["status"], &now["counters"]), (&json!(status), &counters(processed)));
    }
    service.now += 1_000;
    let after = job(&mut service, &id);
    assert!(after["updatedDate"].as_str() < Some("9"), "{after}");
    assert_eq!(
        after["counts"],
        json!({"total": 40, "successCount": 40, "failCount": 0, "errorByCodeCount": {}})
    );
}

#[test]
fn l13_an_account_that_would_leave_its_range_fails_alone() {
    let mut service = Service::new(r#"{"accounts": 30}"#);
    let (poor, rich) = (service.fresh_account(), service.fresh_account());
    service.adjust(&rich, &json!({"balance": 999_999_999}));
    let before = service.ledger();
    let id = start(&mut service, &json!({ "amount": -1 }));
    service.now += 1_000;
    let done = job(&mut service, &id);
    let empty =
        before["accounts"].as_array().unwrap().iter().filter(|row| row["points"]["balance"] == 0).count();
    assert_eq!(done["status"], "FINISHED");
    assert_eq!(
        done["counters"],
        json!({"itemsToProcess": 32, "itemsSucceeded": 32 - empty, "itemsFailed": empty})
    );
    assert_eq!(done["counts"]["errorByCodeCount"], json!({"INSUFFICIENT_POINTS": empty}));
    let after = service.ledger();
    for (old, new) in before["accounts"].as_array().unwrap().iter().zip(after["accounts"].as_array().unwrap())
    {
        let balance = |row: &Value| row["points"]["balance"].as_i64().unwrap();
        let revision = |row: &Value| row["revision"].as_str().unwrap().parse::<i64>().unwrap();
        let moved = i64::from(balance(old) > 0);
        assert_eq!((balance(new), revision(new)), (balance(old) - moved, revision(old) + moved));
    }
    let (_, page) = items(&mut service, &id, "?paging.limit=100");
    let of = |account: &str| {
        let all = page["items"].as_array().unwrap();
        all.iter().find(|item| item["itemMetadata"]["id"] == account).unwrap().clone()
    };
    assert_eq!(of(&poor)["itemMetadata"]["success"], false);
    assert_eq!(of(&poor)["itemMetadata"]["error"]["code"], "INSUFFICIENT_POINTS");
    let transaction = of(&rich)["transactionId"].as_str().unwrap().to_owned();
    let (_, read) = service.get(&format!("{}/{transaction}", support::TRANSACTIONS));
    assert_eq!(
        (&read["loyaltyTransaction"]["amount"], &read["loyaltyTransaction"]["accountId"]),
        (&json!(-1), &json!(rich))
    );

    service.adjust(&rich, &json!({"balance": 999_999_999}));
    let id = start(
        &mut service,
        &json!({ "amount": 1, "search": {"filter": {"points.balance": {"$gt": 999_999_998}}} }),
    );
    service.now += 1_000;
    assert_eq!(job(&mut service, &id)["counts"]["errorByCodeCount"], json!({"OUT_OF_RANGE": 1}));
}

#[test]
fn l13_a_job_takes_what_filter_and_words_match_and_everyone_without_them() {
    let mut service = Service::new(r#"{"accounts": 30}"#);
    let word = service.ready["members"][0]["name"].as_str().unwrap().split(' ').next().unwrap().to_owned();
    for (part, count) in [
        (json!({}), json!({})),
        (json!({"search": {}}), json!({})),
        (json!({"search": {"filter": {}, "search": {"expression": ""}}}), json!({})),
        (
            json!({"search": {"filter": {"points.redeemed": {"$gt": 0}}}}),
            json!({"filter": {"points.redeemed": {"$gt": 0}}}),
        ),
        (json!({"search": {"search": {"expression": word}}}), json!({"search": {"expression": word}})),
        (json!({"search": {"filter": {"points.balance": -1}}}), json!({"filter": {"points.balance": -1}})),
    ] {
        let (_, counted) = service.post(&format!("{ACCOUNTS}/count"), &count);
        let mut body = part.clone();
        body["balance"] = json!(77);
        let id = start(&mut service, &body);
        service.now += 1_000;
        let done = job(&mut service, &id);
        assert_eq!(
            (&done["status"], &done["counters"]["itemsSucceeded"]),
            (&json!("FINISHED"), &counted["count"]),
            "{part}"
        );
    }
    assert!(
        service.ledger()["accounts"].as_array().unwrap().iter().all(|row| row["points"]["balance"] == 77)
    );
    for (body, field, rule) in [
        (
            json!({"amount": 1, "search": {"cursorPaging": {"limit": 10}}}),
            "search.cursorPaging",
            "NOT_ALLOWED",
        ),
        (
            json!({"amount": 1, "search": {"filter": {"points.earned": 1}}}),
            "search.filter.points.earned",
            "UNSUPPORTED",
        ),
        (json!({"search": {}}), "balance", "ONE_OF"),
    ] {
        let (status, answer) = service.post(&format!("{ACCOUNTS}/bulk-adjust"), &body);
        assert_eq!((status, violations(&answer)), (400, violation(field, rule)), "{body}");
    }
}

#[test]
fn l13_an_account_that_came_later_is_no_part_of_the_job() {
    let mut service = Service::new(r#"{"accounts": 5}"#);
    let id = start(&mut service, &json!({ "balance": 5 }));
    let later = service.fresh_account();
    service.now += 1_000;
    assert_eq!(job(&mut service, &id)["counters"]["itemsSucceeded"], 5);
    assert_eq!(service.account(&later)["points"]["balance"], 0);
}

#[test]
fn l13_a_paused_program_refuses_a_job_and_ends_one_that_runs() {
    let mut service = Service::new(r#"{"accounts": 5}"#);
    let id = start(&mut service, &json!({ "amount": 5 }));
    service.control("POST", "program", &json!({"status": "PAUSED"}));
    let (status, answer) = service.post(&format!("{ACCOUNTS}/bulk-adjust"), &json!({ "amount": 5 }));
    assert_eq!((status, code(&answer)), (428, "PROGRAM_NOT_ACTIVE"));
    service.now += 1_000;
    let failed = job(&mut service, &id);
    assert_eq!((&failed["status"], &failed["counters"]["itemsSucceeded"]), (&json!("FAILED"), &json!(0)));
}

#[test]
fn l13_items_are_paged_and_cursors_belong_to_their_job() {
    let mut service = Service::new(r#"{"accounts": 120}"#);
    let id = start(&mut service, &json!({ "amount": 1 }));
    let other = start(&mut service, &json!({ "amount": 1 }));
    assert_eq!(items(&mut service, &id, "").1["items"], json!([]), "nothing was done yet");
    service.now += 1_000;
    let mut seen = Vec::new();
    let mut query = "?paging.limit=50".to_owned();
    let mut cursor = String::new();
    loop {
        let (status, page) = items(&mut service, &id, &query);
        assert_eq!(status, 200, "{page}");
        let list = page["items"].as_array().unwrap();
        assert_eq!(page["pagingMetadata"]["count"], list.len());
        seen.extend(list.iter().map(|item| item["itemMetadata"]["originalIndex"].as_u64().unwrap()));
        let Some(next) = page["pagingMetadata"]["cursors"].get("next") else { break };
        cursor = next.as_str().unwrap().to_owned();
        query = format!("?paging.limit=50&paging.cursor={cursor}");
    }
    assert_eq!(seen, (0..120).collect::<Vec<_>>());
    assert_eq!(items(&mut service, &id, "").1["items"].as_array().unwrap().len(), 50, "by default");
    let flipped = format!("{}{}", if cursor.starts_with('A') { "B" } else { "A" }, &cursor[1..]);
    for (id, query, field, rule) in [
        (&id, "?paging.limit=0".to_owned(), "paging.limit", "MIN"),
        (&id, "?paging.limit=101".into(), "paging.limit", "MAX"),
        (&id, "?paging.limit=x".into(), "paging.limit", "TYPE"),
        (&id, "?paging.limit=1.5".into(), "paging.limit", "TYPE"),
        (&id, format!("?paging.cursor={flipped}"), "paging.cursor", "FORMAT"),
        (&other, format!("?paging.cursor={cursor}"), "paging.cursor", "FORMAT"),
        (&id, "?paging.offset=1".into(), "paging.offset", "NOT_ALLOWED"),
        (&id, "?limit=1".into(), "limit", "NOT_ALLOWED"),
        (&id, format!("?jobId={other}"), "jobId", "FORMAT"),
    ] {
        let (status, answer) = items(&mut service, id, &query);
        assert_eq!((status, violations(&answer)), (400, violation(field, rule)), "{query}");
    }
    assert_eq!(items(&mut service, &id, &format!("?jobId={id}&paging.limit=100")).0, 200);
}

#[test]
fn l13_jobs_are_an_apps_and_read_only() {
    let mut service = Service::new(r#"{"throttle": 30}"#);
    let id = start(&mut service, &json!({ "amount": 1 }));
    let token = service.ready["members"][0]["token"].as_str().unwrap().to_owned();
    let target = format!("{JOBS}/{id}");
    assert_eq!(service.get_with_token(&target, &token).0, 403);
    assert_eq!(read(&service.send(&Request::new("GET", &target))).0, 401);
    assert_eq!(service.post(&target, &json!({})).0, 405);
    assert_eq!(service.get(&format!("/_api{target}")).0, 200);
    for (path, status) in [
        (format!("{JOBS}/00000000-0000-4000-8000-000000000000"), 404),
        (format!("{JOBS}/nonsense"), 400),
        (format!("{JOBS}/{id}/results"), 404),
        (format!("{JOBS}/"), 404),
        (JOBS.to_owned(), 404),
    ] {
        assert_eq!(service.get(&path).0, status, "{path}");
    }
    let statuses: Vec<u16> = (0..40).map(|_| service.get(&target).0).collect();
    assert!(statuses.contains(&429), "job calls count like any other");
}
