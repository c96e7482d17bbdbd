//! L10: the query language, compared with a plain reading of the exported rows.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::HashSet;

use loyalty_contract::fields::Kind;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::plain::{WAYS, Way, at, drawn, matches, order, written};
use support::{ACCOUNTS, Service, TRANSACTIONS, violation, violations};

fn ask(service: &mut Service, way: Way, question: &Value) -> (u16, Value) {
    service.post(way.path, &json!({ way.envelope: question }))
}

fn ids(items: &Value) -> Vec<String> {
    items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// Walks all pages forwards, then back again, and checks that both ways show the same.
fn walk(service: &mut Service, way: Way, question: &Value, limit: usize) -> Vec<String> {
    let mut first = question.clone();
    first["cursorPaging"] = json!({ "limit": limit });
    let (status, mut page) = ask(service, way, &first);
    assert_eq!(status, 200, "{question}: {page}");
    assert!(page["pagingMetadata"]["cursors"].get("prev").is_none(), "nothing is before the first page");
    let mut pages = vec![ids(&page[way.items])];
    loop {
        let paging = &page["pagingMetadata"];
        assert_eq!(paging["count"], json!(pages.last().unwrap().len()));
        assert_eq!(paging["hasNext"], json!(paging["cursors"].get("next").is_some()));
        let Some(cursor) = paging["cursors"].get("next") else { break };
        let next = json!({"cursorPaging": {"cursor": cursor, "limit": limit}});
        let (status, answer) = ask(service, way, &next);
        assert_eq!(status, 200, "{answer}");
        page = answer;
        pages.push(ids(&page[way.items]));
    }
    let mut back = vec![pages.last().unwrap().clone()];
    while let Some(cursor) = page["pagingMetadata"]["cursors"].get("prev").cloned() {
        // The limit is in the cursor too.
        page = ask(service, way, &json!({"cursorPaging": {"cursor": cursor}})).1;
        assert!(page["pagingMetadata"]["cursors"].get("next").is_some());
        back.push(ids(&page[way.items]));
    }
    back.reverse();
    assert_eq!(back.concat(), pages.concat(), "{question}");
    pages.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn l10_filters_sorts_and_pages_are_what_a_plain_reading_gives(
        which in 0..WAYS.len(),
        filter in drawn(),
        sorts in prop::collection::vec((any::<usize>(), any::<bool>()), 0..3),
        limit in 1..40_usize,
    ) {
        let way = WAYS[which];
        let mut service = Service::new(r#"{"accounts": 30, "seed": 5}"#);
        let export = service.ledger();
        let rows = export[way.rows].as_array().unwrap();
        let filter = written(&filter, way, rows);
        let sort: Vec<_> = sorts.iter().map(|(field, down)| (way.fields[field % way.fields.len()].path, *down)).collect();

        let mut expected: Vec<&Value> = rows.iter().filter(|row| matches(row, &filter)).collect();
        let by_default = [("createdDate", true)];
        let keys = if sort.is_empty() { &by_default[..] } else { &sort[..] };
        expected.sort_by(|one, two| {
            keys.iter()
                .map(|(path, down)| {
                    let order = order(at(one, path), at(two, path));
                    if *down { order.reverse() } else { order }
                })
                .find(|order| order.is_ne())
                .unwrap_or_else(|| order(&one["id"], &two["id"]))
        });
        let expected: Vec<String> = expected.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();

        let sort: Vec<Value> = sort
            .iter()
            .map(|(path, down)| json!({"fieldName": path, "order": if *down { "DESC" } else { "ASC" }}))
            .collect();
        let question = json!({"filter": filter, "sort": sort});
        prop_assert_eq!(&walk(&mut service, way, &question, limit), &expected, "{}", question);
        if way.envelope == "search" {
            let (_, counted) = service.post(&format!("{ACCOUNTS}/count"), &json!({ "filter": filter }));
            prop_assert_eq!(&counted["count"], &json!(expected.len()));
        }
    }
}

#[test]
fn l10_empty_questions_give_the_newest_fifty() {
    let mut service = Service::new(r#"{"accounts": 120}"#);
    for way in WAYS {
        for question in [json!({}), json!({"filter": {}, "sort": []}), json!({"filter": null})] {
            let (status, page) = ask(&mut service, way, &question);
            assert_eq!((status, page[way.items].as_array().unwrap().len()), (200, 50), "{question}");
            let dates: Vec<_> =
                page[way.items].as_array().unwrap().iter().map(|row| &row["createdDate"]).collect();
            assert!(dates.windows(2).all(|pair| order(pair[0], pair[1]).is_ge()));
        }
    }
    let (_, page) = service.post(WAYS[1].path, &json!({"search": {}}));
    assert_eq!(page["aggregationData"], json!({"results": []}));
}

#[test]
fn l10_cursors_are_stable_under_inserts() {
    for sort in [json!([]), json!([{"fieldName": "points.balance", "order": "DESC"}])] {
        let mut service = Service::new(r#"{"accounts": 60}"#);
        let way = WAYS[0];
        let before: HashSet<String> =
            walk(&mut service, way, &json!({ "sort": sort }), 100).into_iter().collect();
        let mut seen = Vec::new();
        let (_, mut page) = ask(&mut service, way, &json!({"sort": sort, "cursorPaging": {"limit": 7}}));
        loop {
            seen.extend(ids(&page[way.items]));
            let account = service.fresh_account();
            service.adjust(&account, &json!({"balance": 450}));
            let Some(cursor) = page["pagingMetadata"]["cursors"].get("next").cloned() else { break };
            page = ask(&mut service, way, &json!({"cursorPaging": {"cursor": cursor, "limit": 7}})).1;
        }
        let distinct: HashSet<String> = seen.iter().cloned().collect();
        assert_eq!(distinct.len(), seen.len(), "nothing is shown twice");
        assert!(distinct.is_superset(&before), "nothing is left out");
    }
}

#[test]
fn l10_cursors_cant_be_forged_or_used_elsewhere() {
    let mut service = Service::new(r#"{"accounts": 60}"#);
    let mut cursors = Vec::new();
    for way in WAYS {
        let (_, page) = ask(&mut service, way, &json!({"cursorPaging": {"limit": 5}}));
        cursors.push(page["pagingMetadata"]["cursors"]["next"].as_str().unwrap().to_owned());
    }
    for (at, way) in WAYS.iter().enumerate() {
        let own = &cursors[at];
        let foreign = &cursors[(at + 1) % 3];
        let cut = &own[..own.len() - 1];
        let flipped = format!("{}{}", if own.starts_with('A') { "B" } else { "A" }, &own[1..]);
        for bad in [foreign.as_str(), cut, &flipped, "x", "x.y", &"x".repeat(16_000)] {
            let (status, answer) = ask(&mut service, *way, &json!({"cursorPaging": {"cursor": bad}}));
            let field = format!("{}.cursorPaging.cursor", way.envelope);
            assert_eq!((status, violations(&answer)), (400, violation(&field, "FORMAT")));
        }
        assert_eq!(ask(&mut service, *way, &json!({"cursorPaging": {"cursor": own}})).0, 200);
        // A filter beside a cursor is another question.
        let field = way.fields.iter().find(|field| field.kind == Kind::Number).unwrap().path;
        let changed = json!({"cursorPaging": {"cursor": own}, "filter": {field: 5}});
        let (status, answer) = ask(&mut service, *way, &changed);
        assert_eq!(
            (status, violations(&answer)[0].0.as_str()),
            (400, format!("{}.filter", way.envelope).as_str())
        );
    }
}

#[test]
fn l06_limits_of_pages_sorts_and_searches() {
    let mut service = Service::new("{}");
    for way in WAYS {
        let most = if way.envelope == "search" { 10 } else { 5 };
        let sort = |length: usize| vec![json!({"fieldName": way.fields[0].path, "order": "ASC"}); length];
        let at = |field: &str| format!("{}.{field}", way.envelope);
        for (question, refused) in [
            (json!({"cursorPaging": {"limit": 0}}), Some((at("cursorPaging.limit"), "MIN"))),
            (json!({"cursorPaging": {"limit": 1}}), None),
            (json!({"cursorPaging": {"limit": 100}}), None),
            (json!({"cursorPaging": {"limit": 101}}), Some((at("cursorPaging.limit"), "MAX"))),
            (
                json!({"cursorPaging": {"cursor": "x".repeat(16_001)}}),
                Some((at("cursorPaging.cursor"), "MAX_LENGTH")),
            ),
            (json!({"sort": sort(most)}), None),
            (json!({"sort": sort(most + 1)}), Some((at("sort"), "MAX_LENGTH"))),
            (json!({"sort": [{"fieldName": "revision"}]}), Some((at("sort[0].fieldName"), "UNSUPPORTED"))),
            (json!({"filter": {"revision": "1"}}), Some((at("filter.revision"), "UNSUPPORTED"))),
            (json!({"paging": {"limit": 5}}), Some((at("paging"), "NOT_ALLOWED"))),
        ] {
            let (status, answer) = ask(&mut service, way, &question);
            match refused {
                None => assert_eq!(status, 200, "{question}: {answer}"),
                Some((field, rule)) => {
                    assert_eq!((status, violations(&answer)), (400, violation(&field, rule)), "{question}");
                }
            }
        }
    }
    let words = |length: usize| "x".repeat(length);
    for (search, refused) in [
        (json!({"expression": words(100)}), None),
        (json!({"expression": words(101)}), Some("search.search.expression")),
        (json!({"fields": vec!["contact.name"; 20]}), None),
        (json!({"fields": vec!["contact.name"; 21]}), Some("search.search.fields")),
        (json!({"fields": ["contact.id"]}), Some("search.search.fields[0]")),
        (json!({"mode": "XOR"}), Some("search.search.mode")),
    ] {
        let (status, answer) = service.post(WAYS[1].path, &json!({"search": {"search": search}}));
        match refused {
            None => assert_eq!(status, 200, "{search}: {answer}"),
            Some(field) => {
                assert_eq!(status, 400, "{search}");
                assert_eq!(violations(&answer)[0].0, field);
            }
        }
    }
}

#[test]
fn l10_search_and_count_by_words() {
    let mut service = Service::new("{}");
    for (name, email) in
        [("Zoe Quick", "zoe@one.example"), ("Zoe Slow", "slow@two.example"), ("Max Quick", "max@two.example")]
    {
        let added = service.control("POST", "contacts", &json!({"name": name, "email": email}));
        service.post(ACCOUNTS, &json!({"contactId": added["contact"]["contactId"]}));
    }
    for (search, names) in [
        (json!({"expression": "zoe"}), vec!["Zoe Quick", "Zoe Slow"]),
        (json!({"expression": "zoe quick", "mode": "AND"}), vec!["Zoe Quick"]),
        (json!({"expression": "ZOE quick", "mode": "OR"}), vec!["Max Quick", "Zoe Quick", "Zoe Slow"]),
        (json!({"expression": "two", "fields": ["contact.email"]}), vec!["Max Quick", "Zoe Slow"]),
        (json!({"expression": "two", "fields": ["contact.name"]}), vec![]),
        (json!({"expression": "slow@two.example"}), vec!["Zoe Slow"]),
        (json!({"expression": "qick", "fuzzy": true}), vec!["Max Quick", "Zoe Quick"]),
    ] {
        let (_, page) = service.post(WAYS[1].path, &json!({"search": {"search": search}}));
        let mut found: Vec<&str> = page["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["contact"]["name"].as_str().unwrap())
            .collect();
        found.sort_unstable();
        assert_eq!(found, names, "{search}");
        let (_, counted) = service.post(&format!("{ACCOUNTS}/count"), &json!({ "search": search }));
        assert_eq!(counted["count"], json!(names.len()), "{search}");
    }
    // Words survive the turn of a page.
    let question = json!({"search": {"expression": "zoe quick"}, "cursorPaging": {"limit": 1}});
    assert_eq!(walk(&mut service, WAYS[1], &question, 1).len(), 3);
    let both =
        json!({"filter": {"contact.email": {"$startsWith": "ZOE"}}, "search": {"expression": "quick"}});
    assert_eq!(service.post(&format!("{ACCOUNTS}/count"), &both).1["count"], 1);
}

#[test]
fn l10_a_day_of_a_filter_is_one_of_the_searchs_time_zone() {
    let mut service = Service::new(r#"{"now": "2026-07-01T12:00:00Z"}"#);
    // Half an hour after the day has begun in Paris, the day before in London.
    service.set_clock("2026-07-02T22:30:00Z");
    let account = service.account_with(5);
    let found = |service: &mut Service, zone: Value, limit: usize| {
        let filter = json!({"lastActivityDate": {"$gte": "2026-07-03"}});
        let question =
            json!({"search": {"filter": filter, "timeZone": zone, "cursorPaging": {"limit": limit}}});
        let (status, page) = service.post(WAYS[1].path, &question);
        assert_eq!(status, 200, "{page}");
        (ids(&page["accounts"]), page["pagingMetadata"]["cursors"]["next"].clone())
    };
    assert_eq!(found(&mut service, json!("Europe/Paris"), 50).0, std::slice::from_ref(&account));
    assert_eq!(found(&mut service, json!("+02:00"), 50).0, std::slice::from_ref(&account));
    for elsewhere in [json!(null), json!("Europe/London")] {
        assert!(found(&mut service, elsewhere.clone(), 50).0.is_empty(), "{elsewhere}");
    }
    // The zone survives the turn of a page, and a job goes by it too.
    let later = service.account_with(5);
    let (first, cursor) = found(&mut service, json!("Europe/Paris"), 1);
    let next = json!({"search": {"cursorPaging": {"cursor": cursor}}});
    let second = ids(&service.post(WAYS[1].path, &next).1["accounts"]);
    assert_eq!([first, second].concat().iter().collect::<HashSet<_>>(), HashSet::from([&account, &later]));
    let filter = json!({"lastActivityDate": {"$gte": "2026-07-03"}});
    for (zone, status) in [("Europe/Paris", 200), ("Mars/Olympus", 400)] {
        let job = json!({"amount": 1, "search": {"filter": filter, "timeZone": zone}});
        assert_eq!(service.post(&format!("{ACCOUNTS}/bulk-adjust"), &job).0, status, "{zone}");
    }
    service.set_clock("2026-07-02T22:40:00Z");
    service.set_clock("2026-07-02T22:50:00Z");
    assert_eq!(service.account(&account)["points"]["balance"], 6);
    assert_eq!(service.transactions(&account, "ADJUST").len(), 1);
}

#[test]
fn l10_list_accounts_pages_and_picks_contacts() {
    let mut service = Service::new(r#"{"accounts": 60}"#);
    let mut seen = Vec::new();
    let mut target = format!("{ACCOUNTS}?cursorPaging.limit=25");
    loop {
        let (status, page) = service.get(&target);
        assert_eq!(status, 200, "{page}");
        let told: Vec<_> = page["pagingMetadata"].as_object().unwrap().keys().collect();
        assert_eq!(told, ["count", "cursors"], "what is counted in all belongs to paging by offset");
        seen.extend(ids(&page["accounts"]));
        let Some(cursor) = page["pagingMetadata"]["cursors"].get("next") else { break };
        target = format!("{ACCOUNTS}?cursorPaging.limit=25&cursorPaging.cursor={}", cursor.as_str().unwrap());
    }
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 60);
    let (one, two) = (service.member(0, "contactId"), service.member(1, "contactId"));
    let (_, page) = service.get(&format!("{ACCOUNTS}?contactIds={one}&contactIds={two}&contactIds={one}"));
    assert_eq!(page["accounts"].as_array().unwrap().len(), 2);
    assert_eq!(page["pagingMetadata"], json!({"count": 2, "cursors": {}}));
    for (count, status) in [(50, 200), (51, 400)] {
        let query = vec![format!("contactIds={one}"); count].join("&");
        assert_eq!(service.get(&format!("{ACCOUNTS}?{query}")).0, status);
    }
}

#[test]
fn l10_a_members_transactions_are_found_by_account_and_never_anothers() {
    let mut service = Service::new("{}");
    let (mine, other) = (service.member(0, "accountId"), service.member(1, "accountId"));
    let (_, page) = service.post(
        &format!("{TRANSACTIONS}/query"),
        &json!({"query": {"filter": {"accountId": mine.to_uppercase()}}}),
    );
    let rows = page["loyaltyTransactions"].as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["accountId"] == json!(mine)));
    let nothing = json!({"query": {"filter": {"$and": [{"accountId": mine}, {"accountId": other}]}}});
    assert_eq!(service.post(&format!("{TRANSACTIONS}/query"), &nothing).1["loyaltyTransactions"], json!([]));
}
