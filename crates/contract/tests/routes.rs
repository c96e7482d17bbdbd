//! Nothing but a GUID or an action's name ever stands where a path's parameter does, whatever a caller writes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by panicking"
)]

use loyalty_contract::endpoint::Identity;
use loyalty_contract::path::{Route, build, parse_query, query_string, route};
use loyalty_contract::{ENDPOINTS, Endpoint, Operation};
use proptest::prelude::*;
use serde_json::json;

const ID: &str = "0c4f1a52-7b1e-4d3a-9c55-2f6f6f1d9a01";

/// The form of a GUID, written down a second time.
fn looks_like_a_guid(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.chars().all(|sign| sign == '-' || sign.is_ascii_hexdigit())
}

fn looks_like_an_action(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|sign| matches!(sign, 'a'..='z' | '0'..='9' | '-'))
}

fn is_safe(endpoint: &Endpoint, value: &str) -> bool {
    if endpoint.identity == Identity::Proxy { looks_like_an_action(value) } else { looks_like_a_guid(value) }
}

/// What an attacker puts where an id belongs: anything, a GUID with something of the kind in it, or many tricks.
fn hostile() -> impl Strategy<Value = String> {
    let trick = prop::sample::select(vec![
        "..", ".", "/", "//", "%", "g", "%2f", "%2F", "%2e%2e", "..%2f", "\\", "@host", "?x=1", "#x", "\r\n",
        "\n", "\0", " ", "%00", ";a", "\u{ff0f}", "\u{2024}", ID,
    ]);
    prop_oneof![
        any::<String>(),
        "[-0-9a-fA-F]{34,38}",
        (0..=ID.len(), trick.clone()).prop_map(|(at, trick)| format!("{}{trick}{}", &ID[..at], &ID[at..])),
        (0..ID.len(), trick.clone()).prop_map(|(at, trick)| format!("{}{trick}{}", &ID[..at], &ID[at + 1..])),
        prop::collection::vec(trick, 0..6).prop_map(|tricks| tricks.concat()),
    ]
}

fn with_param() -> impl Strategy<Value = &'static Endpoint> {
    let endpoints: Vec<_> = ENDPOINTS.iter().copied().filter(|one| one.path.contains('{')).collect();
    prop::sample::select(endpoints)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn p20_a_hostile_id_is_never_routed(endpoint in with_param(), id in hostile()) {
        let (before, rest) = endpoint.path.split_once('{').unwrap();
        let behind = rest.split_once('}').unwrap().1;
        let path = format!("{before}{id}{behind}");
        for method in ["GET", "POST", "DELETE", "get", ""] {
            if let Route::Found { endpoint: found, params } = route(method, &path) {
                for (_, value) in &params {
                    prop_assert!(is_safe(found, value), "{value:?} in {path:?}");
                }
                // What was found is spelled by its own path and these ids: nothing else can hide in it.
                let of = |name: &str| params.iter().find(|(one, _)| *one == name).map(|(_, value)| value.as_str());
                prop_assert_eq!(build(found, of), Some(path.clone()));
                prop_assert!(!path.contains("..") && !path.contains("//") && !path.contains(['%', '\r', '\n']));
            }
        }
    }

    #[test]
    fn p20_a_hostile_id_is_never_put_into_a_path(endpoint in with_param(), id in hostile()) {
        match build(endpoint, |_| Some(&id)) {
            None => prop_assert!(!is_safe(endpoint, &id) || id.len() > 64),
            Some(path) => {
                prop_assert!(is_safe(endpoint, &id), "{path:?}");
                let leads_here = matches!(
                    route(endpoint.method.as_str(), &path),
                    Route::Found { endpoint: found, .. } if found.operation == endpoint.operation
                );
                // An action's name could be the name of a static path; an id can't.
                prop_assert!(leads_here, "{path:?}");
            }
        }
    }

    #[test]
    fn any_path_at_all_is_answered(method in any::<String>(), path in any::<String>()) {
        let found = matches!(route(&method, &path), Route::Found { .. });
        prop_assert!(!found || path.starts_with('/'));
    }

    #[test]
    fn a_query_string_says_what_was_put_in(cursor in "\\PC+", limit in 1..=100_i64, ids in prop::collection::vec("\\PC*", 1..4)) {
        let record = Operation::ListAccounts.endpoint().request;
        let payload = json!({ "contactIds": ids, "cursorPaging": { "limit": limit, "cursor": cursor } });
        let text = query_string(record, &payload);
        prop_assert!(text.is_ascii() && !text.contains(['#', '?', ' ', '\r', '\n', '/', '"', '<']));
        prop_assert_eq!(parse_query(record, &text).unwrap(), payload);
    }

    #[test]
    fn any_query_string_is_read_or_refused(text in any::<String>()) {
        let record = Operation::ListAccounts.endpoint().request;
        if let Err(violation) = parse_query(record, &text) {
            prop_assert!(!violation.description.is_empty());
        }
    }
}

#[test]
fn a_static_path_wins_over_an_id() {
    for (path, name) in [
        ("/loyalty-tiers/v1/tiers/program", "getTiersProgram"),
        ("/loyalty-accounts/v1/accounts/my-account", "getCurrentMemberAccount"),
        ("/loyalty-accounts/v1/accounts/program-totals", "getProgramTotals"),
        ("/loyalty-accounts/v1/accounts/fetch-by", "getAccountBySecondaryId"),
    ] {
        match route("GET", path) {
            Route::Found { endpoint, params } => {
                assert_eq!(endpoint.name, name);
                assert!(params.is_empty());
            }
            other => panic!("{path}: {other:?}"),
        }
    }
    // A neighbour of the API that is none of the table's.
    assert!(matches!(
        route("GET", "/loyalty-tiers/v1/tiers/program-settings"),
        Route::BadId { name: "tierId" }
    ));
}
