//! Who may call what, with which credential, how often, and from which pages.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use loyalty_contract::ENDPOINTS;
use loyalty_contract::endpoint::{Identity, Method};
use loyalty_sandbox::Request;
use serde_json::{Value, json};
use support::{ACCOUNTS, Service, code, read};

const MINE: &str = "/loyalty-accounts/v1/accounts/my-account";

/// A request of every method, whether or not it makes sense.
fn every_method() -> Vec<(&'static loyalty_contract::Endpoint, Request)> {
    let id = "00000000-0000-4000-8000-000000000000";
    let upstream = ENDPOINTS.iter().filter(|endpoint| endpoint.identity != Identity::Proxy);
    upstream
        .map(|endpoint| {
            let path: Vec<&str> =
                endpoint.path.split('/').map(|step| if step.starts_with('{') { id } else { step }).collect();
            let request = Request::new(endpoint.method.as_str(), &path.join("/"));
            let request = if endpoint.method == Method::Post { request.json(&json!({})) } else { request };
            (*endpoint, request)
        })
        .collect()
}

fn token(service: &mut Service, body: &Value) -> Value {
    let (status, answer) = read(&service.send(&Request::new("POST", "/oauth2/token").json(body)));
    assert_eq!(status, 200, "{answer}");
    answer["access_token"].clone()
}

#[test]
fn who_may_call_what() {
    let mut service = Service::new("{}");
    let member = service.member(0, "token");
    let visitor = token(&mut service, &json!({"clientId": "c", "grantType": "anonymous"}));
    let visitor = visitor.as_str().unwrap();
    assert!(member.starts_with("OauthNG.JWS.") && visitor.starts_with("OauthNG.JWS."), "p37");
    assert!(service.ready["apiKey"].as_str().unwrap().starts_with("SANDBOX."), "p37");
    for (endpoint, request) in every_method() {
        let open = endpoint.identity == Identity::AppOrMember;
        let app = service.as_app(request.clone());
        assert!(!matches!(service.send(&app).status, 401 | 403), "{}", endpoint.name);
        let (status, answer) = read(&service.send(&request.clone().header("authorization", &member)));
        assert_eq!(status == 403, !open, "{} {answer}", endpoint.name);
        if !open {
            assert_eq!(code(&answer), "PERMISSION_DENIED");
        }
        let (status, answer) = read(&service.send(&request.clone().header("authorization", visitor)));
        assert_eq!((status, code(&answer)), (403, "PERMISSION_DENIED"), "{}", endpoint.name);
        let (status, answer) = read(&service.send(&request));
        assert_eq!((status, code(&answer)), (401, "UNAUTHENTICATED"), "{}", endpoint.name);
    }
}

#[test]
fn credentials_that_are_refused() {
    let mut service = Service::new("{}");
    let key = service.ready["apiKey"].as_str().unwrap().to_owned();
    let site = service.ready["siteId"].as_str().unwrap().to_owned();
    let member = service.member(0, "token");
    let mut ask = |authorization: &str, site: Option<&str>| {
        let request = Request::new("GET", MINE).header("Authorization", authorization);
        let request = site.map_or(request.clone(), |site| request.header("wix-site-id", site));
        service.send(&request).status
    };
    assert_eq!(ask(&member, None), 200);
    assert_eq!(ask(&key, Some(&site)), 404, "a key is no member, but it is known");
    for (authorization, site) in [
        (key.as_str(), None),
        (&key, Some("00000000-0000-4000-8000-000000000000")),
        (&format!("{key}x"), Some(&site)),
        (&key[..key.len() - 1], Some(&site)),
        (&format!("Bearer {key}"), Some(&site)),
        (&format!("Bearer {member}"), None),
        ("", Some(&site)),
        (&format!("{member}x"), None),
        ("OauthNG.JWS.a.b.c", None),
        ("IST.anything", Some(&site)),
    ] {
        assert_eq!(ask(authorization, site.map(|site: &str| site)), 401, "{authorization}");
    }
}

#[test]
fn a_member_sees_the_own_account_and_one_without_an_account_sees_none() {
    let mut service = Service::new("{}");
    let (member, account) = (service.member(2, "token"), service.member(2, "accountId"));
    let (_, answer) = service.get_with_token(MINE, &member);
    assert_eq!(answer["account"]["id"], json!(account));
    let stranger = service.control("POST", "contacts", &json!({"name": "New Member"}));
    let (status, answer) = service.get_with_token(MINE, stranger["contact"]["token"].as_str().unwrap());
    assert_eq!((status, code(&answer)), (404, "NOT_FOUND"));
}

#[test]
fn tokens_end_by_the_sandboxs_clock_and_fixture_tokens_dont() {
    let mut service = Service::new("{}");
    let visitor = token(&mut service, &json!({"clientId": "c", "grantType": "anonymous"}));
    let visitor = visitor.as_str().unwrap();
    assert_eq!(service.get_with_token(MINE, visitor).0, 403);
    service.control("POST", "clock", &json!({"advanceMs": 4 * 3_600_000 + 1}));
    assert_eq!(service.get_with_token(MINE, visitor).0, 401);
    let member = service.member(0, "token");
    assert_eq!(service.get_with_token(MINE, &member).0, 200);
}

#[test]
fn throttling_is_off_unless_asked_for() {
    let mut service = Service::new(r#"{"throttle": 3, "now": "2026-01-01T00:00:30Z"}"#);
    let path = format!("{ACCOUNTS}/program-totals");
    for _ in 0..3 {
        assert_eq!(service.get(&path).0, 200);
    }
    let request = service.as_app(Request::new("GET", &path));
    let refused = service.send(&request);
    assert_eq!((refused.status, refused.get("retry-after")), (429, Some("30")));
    assert_eq!(code(&read(&refused).1), "RESOURCE_EXHAUSTED");
    let member = service.member(0, "token");
    assert_eq!(service.get_with_token(MINE, &member).0, 200, "another credential");
    service.control("POST", "clock", &json!({"advanceMs": 30_000}));
    assert_eq!(service.get(&path).0, 200);
}

#[test]
fn pages_of_any_origin_get_the_cors_headers() {
    let mut service = Service::new("{}");
    let preflight = service.send(&Request::new("OPTIONS", ACCOUNTS).header("origin", "https://shop.example"));
    assert_eq!((preflight.status, preflight.get("access-control-allow-origin")), (204, Some("*")));
    let allowed = preflight.get("access-control-allow-headers").unwrap();
    for name in [
        "authorization",
        "content-type",
        "x-wix-bi-gateway",
        "x-wix-consistent",
        "wix-site-id",
        "wix-account-id",
    ] {
        assert!(allowed.split(", ").any(|header| header == name), "{name}");
    }
    let answer = service.send(&Request::new("GET", "/nowhere"));
    assert_eq!(answer.get("access-control-allow-origin"), Some("*"));
    let exposed = answer.get("access-control-expose-headers").unwrap();
    assert!(exposed.contains("x-wix-request-id") && exposed.contains("x-wix-consistent"));
    assert_eq!(answer.get("x-wix-request-id").unwrap().len(), 36);
}
