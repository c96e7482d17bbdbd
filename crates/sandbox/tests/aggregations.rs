//! L10: aggregations of searchAccounts, compared with sums over the exported rows.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use support::plain::at;
use support::{ACCOUNTS, Service, violation, violations};

const NOW: &str = "2026-06-15T12:00:00.000Z";

fn site() -> (Service, Vec<Value>) {
    let options = json!({ "accounts": 120, "seed": 11, "now": NOW });
    let mut service = Service::new(&options.to_string());
    let rows = service.ledger()["accounts"].as_array().unwrap().clone();
    (service, rows)
}

fn search(service: &mut Service, search: &Value) -> (u16, Value) {
    service.post(&format!("{ACCOUNTS}/search"), &json!({ "search": search }))
}

fn one(service: &mut Service, aggregation: &Value) -> Value {
    let (status, answer) = search(service, &json!({ "aggregations": [aggregation] }));
    assert_eq!(status, 200, "{aggregation}: {answer}");
    answer["aggregationData"]["results"][0].clone()
}

fn number(row: &Value, path: &str) -> i64 {
    at(row, path).as_i64().unwrap()
}

fn text<'a>(row: &'a Value, path: &str) -> &'a str {
    at(row, path).as_str().unwrap()
}

/// How often each value stands, by value.
fn tally<T: Ord>(values: impl Iterator<Item = T>) -> Vec<(T, i64)> {
    let mut counts = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    counts.into_iter().collect()
}

fn as_values<T: ToString>(tally: &[(T, i64)]) -> Value {
    tally.iter().map(|(value, count)| json!({"value": value.to_string(), "count": count})).collect()
}

#[test]
fn l10_values_by_count_and_by_value() {
    let (mut service, rows) = site();
    let ascending = tally(rows.iter().map(|row| number(row, "points.redeemed")));
    assert!(ascending.len() > 2, "it is no test of an order without values: {ascending:?}");
    for (options, expected) in [
        (json!({}), {
            let mut sorted = ascending.clone();
            sorted.sort_by_key(|(_, count)| -count);
            sorted.truncate(10);
            sorted
        }),
        (json!({"sortType": "COUNT", "sortDirection": "ASC", "limit": 250}), {
            let mut sorted = ascending.clone();
            sorted.sort_by_key(|(_, count)| *count);
            sorted
        }),
        (json!({"sortType": "VALUE", "sortDirection": "ASC", "limit": 2}), ascending[..2].to_vec()),
        (json!({"sortType": "VALUE", "sortDirection": "DESC", "limit": 250}), {
            let mut sorted = ascending.clone();
            sorted.reverse();
            sorted
        }),
    ] {
        let asked =
            json!({"name": "redeemed", "type": "VALUE", "fieldPath": "points.redeemed", "value": options});
        let values = as_values(&expected);
        let result = json!({
            "name": "redeemed", "type": "VALUE", "fieldPath": "points.redeemed", "values": {"results": values},
        });
        assert_eq!(one(&mut service, &asked), result, "{options}");
    }
    // Ten by default, in both spellings of the field, and whatever the page shows.
    for path in ["contact.id", "contact._id"] {
        let asked =
            json!({"aggregations": [{"type": "VALUE", "fieldPath": path}], "cursorPaging": {"limit": 1}});
        let (_, answer) = search(&mut service, &asked);
        let result = &answer["aggregationData"]["results"][0];
        assert_eq!(result["fieldPath"], json!(path));
        let values = result["values"]["results"].as_array().unwrap();
        assert_eq!(values.len(), 10);
        assert!(values.iter().all(|value| value["count"] == 1));
    }
}

#[test]
fn l10_missing_values_are_left_out_or_put_into_a_bucket() {
    let (mut service, rows) = site();
    let path = "pointsExpiration.expirationDate";
    let missing = rows.iter().filter(|row| at(row, path).is_null()).count();
    assert!(missing > 0);
    let mut ask = |options: Value| {
        let asked = json!({"type": "VALUE", "fieldPath": path, "value": options});
        one(&mut service, &asked)["values"]["results"].as_array().unwrap().clone()
    };
    let none = |bucket: &str| json!({"value": bucket, "count": missing});
    for options in [json!({}), json!({"missingValues": "EXCLUDE", "includeOptions": {"addToBucket": "x"}})] {
        assert!(!ask(options).iter().any(|value| value["value"] == "x" || value["value"] == "N/A"));
    }
    assert!(ask(json!({"missingValues": "INCLUDE", "limit": 250})).contains(&none("N/A")));
    let named = json!({"missingValues": "INCLUDE", "limit": 250, "includeOptions": {"addToBucket": "never"}});
    assert!(ask(named).contains(&none("never")));
}

#[test]
fn l10_ranges_hold_their_lower_end_and_not_their_upper() {
    let (mut service, rows) = site();
    let edge = number(&rows[0], "points.balance");
    let count = |from: i64, to: i64| {
        rows.iter().filter(|row| (from..to).contains(&number(row, "points.balance"))).count()
    };
    let buckets = json!([{"to": edge}, {"from": edge, "to": edge + 1}, {"from": edge + 1}, {"from": 5e9}]);
    let asked =
        json!({"name": "b", "type": "RANGE", "fieldPath": "points.balance", "range": {"buckets": buckets}});
    let found = one(&mut service, &asked)["ranges"]["results"].clone();
    let edge_as_number = edge as f64;
    assert_eq!(
        found,
        json!([
            {"to": edge_as_number, "count": count(0, edge)},
            {"from": edge_as_number, "to": edge_as_number + 1.0, "count": count(edge, edge + 1)},
            {"from": edge_as_number + 1.0, "count": count(edge + 1, i64::MAX)},
            {"from": 5e9, "count": 0},
        ])
    );
    // A row counts in the first range that it fits, and in no other.
    let overlapping = json!([{"from": 0}, {"from": 0}, {"from": "-Infinity"}]);
    let asked = json!({"type": "RANGE", "fieldPath": "points.balance", "range": {"buckets": overlapping}});
    let counts: Vec<_> = one(&mut service, &asked)["ranges"]["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|range| range["count"].as_u64().unwrap())
        .collect();
    assert_eq!(counts, [120, 0, 0]);
}

#[test]
fn l10_scalars_of_numbers_and_of_dates() {
    let (mut service, rows) = site();
    let ask = |service: &mut Service, path: &str, scalar: &str| {
        one(service, &json!({"name": "s", "type": "SCALAR", "fieldPath": path, "scalar": {"type": scalar}}))
    };
    let balances = || rows.iter().map(|row| number(row, "points.balance"));
    for (scalar, value) in [
        ("COUNT_DISTINCT", tally(balances()).len() as f64),
        ("MIN", balances().min().unwrap() as f64),
        ("MAX", balances().max().unwrap() as f64),
    ] {
        let found = ask(&mut service, "points.balance", scalar);
        let expected = json!({
            "name": "s", "type": "SCALAR", "fieldPath": "points.balance", "scalar": {"type": scalar, "value": value},
        });
        assert_eq!(found, expected);
    }
    let dates = || rows.iter().map(|row| text(row, "updatedDate"));
    for (scalar, value) in [("MIN", dates().min().unwrap()), ("MAX", dates().max().unwrap())] {
        let found = ask(&mut service, "_updatedDate", scalar);
        assert_eq!(found["scalarDate"], json!({"type": scalar, "value": value}));
        assert!(found.get("scalar").is_none());
    }
    let distinct = ask(&mut service, "updatedDate", "COUNT_DISTINCT");
    assert_eq!(distinct["scalar"]["value"], json!(tally(dates()).len() as f64));
    assert_eq!(ask(&mut service, "contact.id", "COUNT_DISTINCT")["scalar"]["value"], json!(120.0));
    // Over nothing there is no least.
    let nobody = json!({"filter": {"points.balance": -1},
        "aggregations": [{"type": "SCALAR", "fieldPath": "points.balance", "scalar": {"type": "MIN"}}]});
    let (_, answer) = search(&mut service, &nobody);
    let result = &answer["aggregationData"]["results"][0];
    assert!(result.get("scalar").is_none() && result.get("scalarDate").is_none(), "{result}");
}

#[test]
fn l10_histograms_follow_the_calendar_of_the_time_zone() {
    let (mut service, rows) = site();
    let months = tally(rows.iter().map(|row| format!("{}-01T00:00:00.000Z", &text(row, "updatedDate")[..7])));
    let ask = |service: &mut Service, interval: &str, zone: Option<&str>| {
        let aggregation = json!({"type": "DATE_HISTOGRAM", "fieldPath": "updatedDate", "dateHistogram": {"interval": interval}});
        let (status, answer) = search(service, &json!({"aggregations": [aggregation], "timeZone": zone}));
        assert_eq!(status, 200, "{answer}");
        answer["aggregationData"]["results"][0]["dateHistogram"]["results"].as_array().unwrap().clone()
    };
    assert_eq!(Value::from(ask(&mut service, "MONTH", None)), as_values(&months));
    for interval in ["YEAR", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND"] {
        let found = ask(&mut service, interval, Some("Asia/Tokyo"));
        let total: u64 = found.iter().map(|bucket| bucket["count"].as_u64().unwrap()).sum();
        assert_eq!(total, 120, "{interval}");
        let dates: Vec<&str> = found.iter().map(|bucket| bucket["value"].as_str().unwrap()).collect();
        assert!(dates.is_sorted(), "{interval}");
        // Every day of Tokyo begins at three in the afternoon of UTC, without exception.
        if matches!(interval, "YEAR" | "MONTH" | "WEEK" | "DAY") {
            assert!(dates.iter().all(|date| date.ends_with("T15:00:00.000Z")), "{interval} {dates:?}");
        }
    }
    assert_eq!(
        ask(&mut service, "DAY", Some("+09:00")),
        ask(&mut service, "DAY", Some("Asia/Tokyo")),
        "Tokyo has no summer time"
    );
    let (status, answer) = search(&mut service, &json!({"timeZone": "Mars/Olympus"}));
    assert_eq!((status, violations(&answer)), (400, violation("search.timeZone", "FORMAT")));
}

#[test]
fn l10_histograms_show_the_latest_two_hundred_intervals() {
    let mut service = Service::new(r#"{"accounts": 260, "seed": 3, "now": "2026-06-15T12:00:00.000Z"}"#);
    let export = service.ledger();
    let dates =
        export["accounts"].as_array().unwrap().iter().map(|row| text(row, "updatedDate")[..19].to_owned());
    let seconds = tally(dates.map(|second| format!("{second}.000Z")));
    assert!(seconds.len() > 200);
    let asked = json!({"type": "DATE_HISTOGRAM", "fieldPath": "updatedDate", "dateHistogram": {"interval": "SECOND"}});
    let found = one(&mut service, &asked)["dateHistogram"]["results"].clone();
    assert_eq!(found, as_values(&seconds[seconds.len() - 200..]));
}

#[test]
fn l10_nested_to_two_and_three_levels() {
    let (mut service, rows) = site();
    let year = |row: &Value| format!("{}-01-01T00:00:00.000Z", &text(row, "updatedDate")[..4]);
    let by_redeemed = json!({"name": "redeemed", "type": "VALUE", "fieldPath": "points.redeemed",
        "value": {"sortType": "VALUE", "sortDirection": "ASC", "limit": 250}});
    let by_year = json!({"name": "year", "type": "DATE_HISTOGRAM", "fieldPath": "_updatedDate",
        "dateHistogram": {"interval": "YEAR"}});
    let greatest =
        json!({"name": "most", "type": "SCALAR", "fieldPath": "points.balance", "scalar": {"type": "MAX"}});
    let nested =
        |levels: &[&Value]| json!({"name": "n", "type": "NESTED", "nested": {"nestedAggregations": levels}});

    let mut expected = Vec::new();
    for (redeemed, count) in tally(rows.iter().map(|row| number(row, "points.redeemed"))) {
        let within = || rows.iter().filter(|row| number(row, "points.redeemed") == redeemed);
        for (year_of, in_year) in tally(within().map(year)) {
            let most =
                within().filter(|row| year(row) == year_of).map(|row| number(row, "points.balance")).max();
            expected.push(json!({"results": {
                "redeemed": {"value": {"value": redeemed.to_string(), "count": count}},
                "year": {"dateHistogram": {"value": year_of, "count": in_year}},
                "most": {"scalar": {"value": most.unwrap() as f64}},
            }}));
        }
    }
    assert!(expected.len() > 4);
    let found = one(&mut service, &nested(&[&by_redeemed, &by_year, &greatest]));
    assert_eq!((&found["name"], &found["type"]), (&json!("n"), &json!("NESTED")));
    assert_eq!(found["nested"]["results"], json!(expected));

    let two = one(&mut service, &nested(&[&by_redeemed, &by_year]))["nested"]["results"].clone();
    for result in &mut expected {
        result["results"].as_object_mut().unwrap().remove("most");
    }
    assert_eq!(two, json!(expected));
}

#[test]
fn l10_nested_results_have_no_empty_combination_and_are_a_thousand_at_most() {
    let mut service = Service::new(r#"{"accounts": 3000}"#);
    let by_balance =
        json!({"name": "b", "type": "VALUE", "fieldPath": "points.balance", "value": {"limit": 250}});
    let ranges: Vec<Value> = (0..50).map(|step| json!({"from": step * 20, "to": step * 20 + 20})).collect();
    let by_range =
        json!({"name": "r", "type": "RANGE", "fieldPath": "points.balance", "range": {"buckets": ranges}});
    let by_day = json!({"name": "d", "type": "DATE_HISTOGRAM", "fieldPath": "updatedDate",
        "dateHistogram": {"interval": "DAY"}});
    let asked = |levels: Value| json!({"type": "NESTED", "nested": {"nestedAggregations": levels}});
    let mut ask =
        |levels: Value| one(&mut service, &asked(levels))["nested"]["results"].as_array().unwrap().clone();
    // A balance lies in one range: as many combinations as balances, although each meets fifty ranges.
    let few = ask(json!([by_balance, by_range]));
    assert!(few.len() <= 250 && few.len() > 20, "{}", few.len());
    let alike =
        |result: &Value| result["results"]["r"]["range"]["count"] == result["results"]["b"]["value"]["count"];
    assert!(few.iter().all(alike));
    assert_eq!(ask(json!([by_balance, by_day])).len(), 1_000);
}

#[test]
fn l10_aggregations_cover_what_filter_and_words_match_on_every_page() {
    let (mut service, rows) = site();
    let aggregations =
        json!([{"type": "SCALAR", "fieldPath": "contact.id", "scalar": {"type": "COUNT_DISTINCT"}}]);
    let rich = |row: &&Value| number(row, "points.balance") > 100;
    let first = json!({"filter": {"points.balance": {"$gt": 100}}, "aggregations": aggregations,
        "cursorPaging": {"limit": 3}});
    let (_, page) = search(&mut service, &first);
    let counted = |page: &Value| page["aggregationData"]["results"][0]["scalar"]["value"].as_f64();
    let expected = Some(rows.iter().filter(rich).count() as f64);
    assert_eq!(counted(&page), expected);
    let cursor = page["pagingMetadata"]["cursors"]["next"].clone();
    let (_, next) =
        search(&mut service, &json!({"cursorPaging": {"cursor": cursor}, "aggregations": aggregations}));
    assert_eq!(counted(&next), expected, "the cursor carries the filter for aggregations too");
    let (_, alone) = search(&mut service, &json!({"cursorPaging": {"cursor": cursor}}));
    assert_eq!(alone["aggregationData"], json!({"results": []}));

    let name = text(&rows[0], "contact.name").split(' ').next().unwrap().to_owned();
    let (_, found) =
        search(&mut service, &json!({"search": {"expression": name}, "aggregations": aggregations}));
    let (_, count) = service.post(&format!("{ACCOUNTS}/count"), &json!({"search": {"expression": name}}));
    assert_eq!(counted(&found), count["count"].as_f64());
}

#[test]
fn l10_aggregations_that_dont_fit_are_refused_by_name() {
    let (mut service, _) = site();
    let level = |name: &str| json!({"name": name, "type": "VALUE", "fieldPath": "points.balance"});
    let nested = |levels: Value| json!({"type": "NESTED", "nested": {"nestedAggregations": levels}});
    for (aggregation, field, rule) in [
        (json!({}), "type", "REQUIRED"),
        (json!({"type": "UNKNOWN_AGGREGATION_TYPE", "fieldPath": "points.balance"}), "type", "UNSUPPORTED"),
        (json!({"type": "SUM"}), "type", "UNSUPPORTED"),
        (json!({"type": "VALUE"}), "fieldPath", "REQUIRED"),
        (json!({"type": "VALUE", "fieldPath": "points.earned"}), "fieldPath", "UNSUPPORTED"),
        (json!({"type": "VALUE", "fieldPath": "contact.name"}), "fieldPath", "UNSUPPORTED"),
        (json!({"type": "VALUE", "fieldPath": "createdDate"}), "fieldPath", "UNSUPPORTED"),
        (json!({"type": "RANGE", "fieldPath": "points.balance", "value": {}}), "value", "UNSUPPORTED"),
        (json!({"fieldPath": "points.balance", "value": {}, "scalar": {}}), "scalar", "ONE_OF"),
        (json!({"type": "RANGE", "fieldPath": "points.balance"}), "range.buckets", "REQUIRED"),
        (
            json!({"type": "RANGE", "fieldPath": "points.balance", "range": {"buckets": [{}]}}),
            "range.buckets[0].from",
            "ONE_OF",
        ),
        (
            json!({"type": "RANGE", "fieldPath": "updatedDate", "range": {"buckets": [{"from": 1}]}}),
            "fieldPath",
            "UNSUPPORTED",
        ),
        (json!({"type": "SCALAR", "fieldPath": "points.balance"}), "scalar.type", "REQUIRED"),
        (
            json!({"type": "SCALAR", "fieldPath": "points.balance", "scalar": {"type": "SUM"}}),
            "scalar.type",
            "UNSUPPORTED",
        ),
        (
            json!({"type": "SCALAR", "fieldPath": "contact.id", "scalar": {"type": "MIN"}}),
            "fieldPath",
            "UNSUPPORTED",
        ),
        (json!({"type": "DATE_HISTOGRAM", "fieldPath": "updatedDate"}), "dateHistogram.interval", "REQUIRED"),
        (
            json!({"type": "DATE_HISTOGRAM", "fieldPath": "points.balance", "dateHistogram": {"interval": "DAY"}}),
            "fieldPath",
            "UNSUPPORTED",
        ),
        (
            json!({"type": "DATE_HISTOGRAM", "fieldPath": "updatedDate",
                "dateHistogram": {"interval": "UNKNOWN_INTERVAL"}}),
            "dateHistogram.interval",
            "UNSUPPORTED",
        ),
        (json!({"type": "NESTED"}), "nested.nestedAggregations", "REQUIRED"),
        (nested(json!([level("a")])), "nested.nestedAggregations", "MIN_LENGTH"),
        (
            nested(json!([level("a"), level("b"), level("c"), level("d")])),
            "nested.nestedAggregations",
            "MAX_LENGTH",
        ),
        (nested(json!([level("a"), level("a")])), "nested.nestedAggregations[1].name", "FORMAT"),
        (
            nested(json!([level("a"), {"type": "VALUE", "fieldPath": "points.balance"}])),
            "nested.nestedAggregations[1].name",
            "REQUIRED",
        ),
        (
            nested(json!([level("a"), {"name": "b", "type": "NESTED"}])),
            "nested.nestedAggregations[1].type",
            "UNSUPPORTED",
        ),
        (
            json!({"type": "VALUE", "fieldPath": "points.balance", "groupBy": {"name": "g"}}),
            "groupBy",
            "UNSUPPORTED",
        ),
    ] {
        let (status, answer) = search(&mut service, &json!({ "aggregations": [aggregation] }));
        let field = format!("search.aggregations[0].{field}");
        assert_eq!((status, violations(&answer)), (400, violation(&field, rule)), "{aggregation}");
    }
    let eleven = vec![level("a"); 11];
    let (status, answer) = search(&mut service, &json!({ "aggregations": eleven }));
    assert_eq!((status, violations(&answer)), (400, violation("search.aggregations", "MAX_LENGTH")));
    let (status, answer) = search(&mut service, &json!({ "aggregations": eleven[..10] }));
    assert_eq!((status, answer["aggregationData"]["results"].as_array().unwrap().len()), (200, 10));
}
