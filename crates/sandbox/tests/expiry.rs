//! Expiry by inactivity: L9.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use serde_json::{Value, json};
use support::{MAKING_MS, PROGRAM, Service};

/// A site at a moment, whose points expire by these terms, with one account that earned then.
fn site(now: &str, months: i64, percent: i64, points: i64) -> (Service, String) {
    let mut service = Service::new("{}");
    service.set_clock(now);
    let terms = json!({"monthsOfInactivity": months, "expiringPointsPercentage": percent});
    let program = service.done("PATCH", PROGRAM, &json!({"loyaltyProgram": {"pointsExpiration": terms}}));
    assert_eq!(program["loyaltyProgram"]["pointsExpiration"]["status"], "DISABLED");
    let program = service.done("POST", &format!("{PROGRAM}/points-expiration/enable"), &json!({}));
    assert_eq!(program["loyaltyProgram"]["pointsExpiration"]["status"], "ENABLED");
    let account = service.account_with(points);
    (service, account)
}

fn expired(service: &mut Service, account: &str) -> Vec<(String, i64)> {
    let all = service.transactions(account, "EXPIRE");
    let told =
        |row: &Value| (row["createdDate"].as_str().unwrap().to_owned(), row["amount"].as_i64().unwrap());
    all.iter().map(told).collect()
}

#[test]
fn l09_points_expire_at_the_moment_and_not_before() {
    let (mut service, account) = site("2027-01-15T10:00:00.000Z", 3, 100, 70);
    let told = json!({"expirationDate": "2027-04-15T10:00:00.000Z", "expiringPointsAmount": 70});
    let before = service.account(&account);
    assert_eq!(before["pointsExpiration"], told);
    service.set_clock("2027-04-15T09:59:59.999Z");
    assert_eq!(service.account(&account), before);
    service.set_clock("2027-04-15T10:00:00.000Z");
    let after = service.account(&account);
    assert_eq!((&after["points"]["balance"], &after["points"]["expired"]), (&json!(0), &json!(70)));
    assert_eq!(after["revision"], "3", "created, earned, expired");
    assert!(after.get("pointsExpiration").is_none(), "there is nothing more to expire");
    let row = service.transactions(&account, "EXPIRE").pop().unwrap();
    assert_eq!(row["expireInfo"], json!({"amountBefore": 70, "amountAfter": 0}));
    assert_eq!(row["amount"], -70);
}

#[test]
fn l09_month_ends_and_leap_days() {
    for (from, months, due) in [
        ("2027-01-31T08:00:00.000Z", 1, "2027-02-28T08:00:00.000Z"),
        ("2028-01-31T08:00:00.000Z", 1, "2028-02-29T08:00:00.000Z"),
        ("2028-02-29T08:00:00.000Z", 12, "2029-02-28T08:00:00.000Z"),
        ("2027-08-31T08:00:00.000Z", 6, "2028-02-29T08:00:00.000Z"),
        ("2027-10-31T23:59:59.999Z", 1, "2027-11-30T23:59:59.999Z"),
        ("2027-12-31T00:00:00.000Z", 2, "2028-02-29T00:00:00.000Z"),
    ] {
        let (mut service, account) = site(from, months, 100, 10);
        assert_eq!(service.account(&account)["pointsExpiration"]["expirationDate"], due, "{from}");
        service.set_clock("2030-01-01T00:00:00.000Z");
        assert_eq!(expired(&mut service, &account), [(due.to_owned(), -10)], "{from}");
    }
}

#[test]
fn l09_a_long_absence_expires_a_part_each_period_counted_from_the_last_activity() {
    let (mut service, account) = site("2028-01-31T00:00:00.000Z", 1, 50, 101);
    service.set_clock("2028-06-01T00:00:00.000Z");
    let dates = ["2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"];
    // Half of what is left each time, rounded down.
    let amounts = [-50, -25, -13, -6];
    let expected: Vec<_> =
        dates.iter().zip(amounts).map(|(date, amount)| (format!("{date}T00:00:00.000Z"), amount)).collect();
    assert_eq!(expired(&mut service, &account), expected);
    assert_eq!(service.account(&account)["points"]["balance"], 7);
    service.set_clock("2060-01-01T00:00:00.000Z");
    assert_eq!(service.account(&account)["points"]["balance"], 1, "half of one point is none");
}

#[test]
fn l09_activity_begins_the_period_anew_and_an_adjust_is_none() {
    let (mut service, account) = site("2027-01-01T00:00:00.000Z", 2, 100, 300);
    let due = |service: &mut Service| service.account(&account)["pointsExpiration"]["expirationDate"].clone();
    service.set_clock("2027-02-01T00:00:00.000Z");
    service.adjust(&account, &json!({"amount": 5}));
    assert_eq!(due(&mut service), "2027-03-01T00:00:00.000Z");
    service.earn(&account, 5, "again");
    assert_eq!(due(&mut service), "2027-04-01T00:00:00.000Z");
    service.set_clock("2027-03-15T00:00:00.000Z");
    let reward = service.ready_id("rewards", 0);
    assert_eq!(service.redeem(&account, &reward).0, 200);
    service.now += MAKING_MS;
    assert_eq!(due(&mut service), "2027-05-15T00:00:00.000Z");
    service.set_clock("2027-05-14T23:59:59.999Z");
    assert!(expired(&mut service, &account).is_empty());
}

#[test]
fn l09_no_time_without_the_program_or_the_terms_counts() {
    let (mut service, account) = site("2027-01-01T00:00:00.000Z", 1, 100, 40);
    let due = |service: &mut Service| service.account(&account)["pointsExpiration"]["expirationDate"].clone();
    service.done("POST", &format!("{PROGRAM}/pause"), &json!({}));
    service.set_clock("2027-06-01T00:00:00.000Z");
    assert_eq!(due(&mut service), Value::Null, "nothing expires in a pause");
    service.done("POST", &format!("{PROGRAM}/activate"), &json!({}));
    assert_eq!(due(&mut service), "2027-07-01T00:00:00.000Z");
    service.done("POST", &format!("{PROGRAM}/points-expiration/disable"), &json!({}));
    service.set_clock("2027-09-01T00:00:00.000Z");
    assert!(expired(&mut service, &account).is_empty());
    service.done("POST", &format!("{PROGRAM}/points-expiration/enable"), &json!({}));
    let terms = json!({"loyaltyProgram": {"pointsExpiration": {"monthsOfInactivity": 3}}});
    service.set_clock("2027-09-20T00:00:00.000Z");
    service.done("PATCH", PROGRAM, &terms);
    assert_eq!(due(&mut service), "2027-12-20T00:00:00.000Z");
    // The same terms again, as a caller sends back what it read, begin nothing anew.
    service.set_clock("2027-10-01T00:00:00.000Z");
    let program = service.done("GET", PROGRAM, &Value::Null);
    service.done("PATCH", PROGRAM, &program);
    assert_eq!(due(&mut service), "2027-12-20T00:00:00.000Z");
}

#[test]
fn l09_points_that_come_when_nothing_was_left_to_expire_have_until_the_next_period_ends() {
    let (mut service, account) = site("2027-01-31T00:00:00.000Z", 1, 100, 0);
    service.set_clock("2027-04-15T00:00:00.000Z");
    service.adjust(&account, &json!({"amount": 8}));
    let due = service.account(&account)["pointsExpiration"]["expirationDate"].clone();
    assert_eq!(due, "2027-04-30T00:00:00.000Z", "counted from the last activity, as ever");
    assert!(expired(&mut service, &account).is_empty(), "nothing expires before it came");
    service.set_clock("2027-05-01T00:00:00.000Z");
    assert_eq!(expired(&mut service, &account), [("2027-04-30T00:00:00.000Z".to_owned(), -8)]);
}

#[test]
fn l09_what_is_due_can_be_queried() {
    let (mut service, account) = site("2027-01-01T00:00:00.000Z", 1, 100, 40);
    let mut ids = |filter: Value| -> Vec<String> {
        let query = json!({"query": {"filter": filter}});
        let found = service.done("POST", "/loyalty-accounts/v1/accounts/query", &query);
        let all = found["loyaltyAccounts"].as_array().unwrap();
        all.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let by_date =
        ids(json!({"id": account, "pointsExpiration.expirationDate": {"$lte": "2027-02-01T00:00:00Z"}}));
    assert_eq!(by_date, std::slice::from_ref(&account));
    assert!(
        ids(json!({"id": account, "pointsExpiration.expirationDate": {"$lt": "2027-02-01T00:00:00Z"}}))
            .is_empty()
    );
    assert_eq!(ids(json!({"id": account, "pointsExpiration.expiringPointsAmount": 40})), [account]);
}
