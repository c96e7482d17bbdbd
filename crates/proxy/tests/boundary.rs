//! Who gets in at all: default deny, and what every request must carry. Walks the endpoint table, so that a new
//! method can't be forgotten.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

use loyalty_contract::{ENDPOINTS, Endpoint, endpoint::Method, path};
use loyalty_proxy::{Request, Role};
use serde_json::json;
use world::{A, World, code_of, request, with_role};

mod world;

fn path_of(endpoint: &Endpoint) -> String {
    path::build(endpoint, |name| Some(if name == "action" { "visit" } else { A.account })).unwrap()
}

/// Every route: those of the table, and our own.
fn routes() -> Vec<(&'static str, String)> {
    let table = ENDPOINTS.iter().map(|endpoint| (endpoint.method.as_str(), path_of(endpoint)));
    table.chain([("GET", "/me".to_owned()), ("POST", "/actions/visit/preview".to_owned())]).collect()
}

#[test]
fn p01_an_empty_policy_denies_every_operation_to_everybody() {
    for role in Role::ALL {
        for endpoint in ENDPOINTS {
            let mut world = World::new(json!({}));
            let answer = world.run(
                request(endpoint.method.as_str(), &path_of(endpoint)),
                &with_role(role),
                &json!({}),
            );
            assert_eq!(
                (answer.status, code_of(&answer).as_str()),
                (403, "PERMISSION_DENIED"),
                "{role:?} {}",
                endpoint.name
            );
            assert!(world.upstream.calls.is_empty(), "{}", endpoint.name);
        }
    }
}

#[test]
fn p01_what_is_granted_goes_through() {
    let mut world = World::new(world::policy());
    for endpoint in ENDPOINTS {
        let answer = world.run(
            request(endpoint.method.as_str(), &path_of(endpoint)),
            &with_role(Role::Admin),
            &json!({}),
        );
        assert_ne!(answer.status, 403, "{} {}", endpoint.name, answer.body);
    }
}

#[test]
fn p20_what_is_no_route_of_the_table_goes_nowhere() {
    for (method, path) in [
        ("GET", "/oauth2/token"),
        ("POST", "/loyalty-programs/v1/program/activate"),
        ("GET", "//loyalty-programs/v1/program"),
        ("GET", "/loyalty-programs/v1/program/"),
        ("GET", "/loyalty-programs/v1/../v1/program"),
        ("GET", "/loyalty-programs/v1/%70rogram"),
        ("GET", "/loyalty-accounts/v1/accounts/..%2f..%2fx"),
        ("GET", "/loyalty-accounts/v1/accounts/%2e%2e"),
        ("GET", "/loyalty-accounts/v1/accounts/@evil.example"),
        ("GET", "/loyalty-accounts/v1/accounts/a%0d%0ab"),
        ("POST", "/loyalty-accounts/v1/accounts/..%2fx/earn-points"),
        ("POST", "/actions/UPPER"),
        ("POST", "/actions/a/b"),
        ("GET", "https://evil.example/loyalty-programs/v1/program"),
    ] {
        let mut world = World::new(world::policy());
        let answer = world.run(request(method, path), &with_role(Role::Admin), &json!({}));
        assert!(matches!(answer.status, 400 | 404), "{path} {}", answer.status);
        assert!(world.upstream.calls.is_empty(), "{path}");
    }
    let outside = Request { target: "/loyaltyx/healthz".to_owned(), ..request("GET", "") };
    assert_eq!(World::new(json!({})).run(outside, &with_role(Role::Admin), &json!({})).status, 404);
}

#[test]
fn p16_every_route_needs_the_client_header() {
    for (method, path) in routes() {
        for client in [None, Some(""), Some("name"), Some("/1"), Some("name/"), Some("na me/1")] {
            let mut world = World::new(world::policy());
            let request = Request { client: client.map(str::to_owned), ..request(method, &path) };
            let answer = world.run(request, &with_role(Role::Admin), &json!({}));
            assert_eq!(
                (answer.status, code_of(&answer).as_str()),
                (403, "ORIGIN_DENIED"),
                "{path} {client:?}"
            );
            assert!(world.upstream.calls.is_empty());
        }
    }
}

#[test]
fn p16_every_post_needs_json_and_nothing_else_changes_anything() {
    for endpoint in ENDPOINTS {
        let path = path_of(endpoint);
        let bad_types = [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("multipart/form-data; boundary=x"),
            Some("application/jsonp"),
            Some("text/plain; application/json"),
            Some("application/json; charset=utf-16"),
            Some("application/json, text/plain"),
        ];
        for content_type in bad_types.into_iter().filter(|_| endpoint.method == Method::Post) {
            let mut world = World::new(world::policy());
            let request = Request { content_type: content_type.map(str::to_owned), ..request("POST", &path) };
            let answer = world.run(request, &with_role(Role::Admin), &json!({}));
            assert_eq!(
                (answer.status, code_of(&answer).as_str()),
                (415, "UNSUPPORTED_MEDIA_TYPE"),
                "{path} {content_type:?}"
            );
            assert!(world.upstream.calls.is_empty());
        }
        for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "post"] {
            let listed =
                ENDPOINTS.iter().any(|other| other.method.as_str() == method && path_of(other) == path);
            let shadow = matches!(path::route(method, &path), path::Route::Found { .. });
            if listed || shadow {
                continue;
            }
            let mut world = World::new(world::policy());
            let answer = world.run(request(method, &path), &with_role(Role::Admin), &json!({}));
            assert!(matches!(answer.status, 400 | 404 | 405), "{method} {path} {}", answer.status);
            assert!(world.upstream.calls.is_empty());
        }
    }
}

#[test]
fn p15_and_p17_every_route_takes_listed_origins_only() {
    let with =
        |origin: Option<&str>, site: Option<&str>, authorization: bool, method: &str, path: &str| Request {
            origin: origin.map(str::to_owned),
            sec_fetch_site: site.map(str::to_owned),
            has_authorization: authorization,
            ..request(method, path)
        };
    let good = Some(world::ORIGIN);
    for (method, path) in routes().into_iter().chain([("GET", "/healthz".to_owned())]) {
        for origin in [
            "null",
            "https://shop.example.evil.example",
            "https://evilshop.example",
            "http://shop.example",
            "*",
            "https://shop.example:8443",
            "https://SHOP.example",
            "https://shop.example/",
            "",
            "https://sub.shop.example",
        ] {
            let mut world = World::new(world::policy());
            let answer =
                world.run(with(Some(origin), None, true, method, &path), &with_role(Role::Admin), &json!({}));
            assert_eq!((answer.status, code_of(&answer).as_str()), (403, "ORIGIN_DENIED"), "{path} {origin}");
            assert!(!answer.headers().any(|(name, _)| name.starts_with("access-control")), "{origin}");
            assert!(world.upstream.calls.is_empty());
        }
    }
    for (method, path) in routes() {
        for (origin, site, authorization, passes) in [
            (good, Some("cross-site"), true, true),
            (good, Some("cross-site"), false, false),
            (None, Some("cross-site"), true, false),
            (good, Some("same-site"), false, true),
            (None, Some("same-origin"), false, true),
            (None, Some("none"), true, true),
            (None, Some("something-new"), true, false),
            (None, None, true, true),
        ] {
            let mut world = World::new(world::policy());
            let request = with(origin, site, authorization, method, &path);
            let answer = world.run(request, &with_role(Role::Admin), &json!({}));
            let denied = answer.status == 403 && code_of(&answer) == "ORIGIN_DENIED";
            assert_eq!(denied, !passes, "{path} {origin:?} {site:?} {authorization}");
        }
    }
}

#[test]
fn p19_every_answer_has_its_headers() {
    for (method, path, status) in [
        ("GET", "/healthz", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/nothing", 404),
        ("PUT", "/actions/visit", 405),
    ] {
        let answer =
            World::new(world::policy()).run(request(method, path), &with_role(Role::Admin), &json!({}));
        assert_eq!(answer.status, status, "{path}");
        let header = |name: &str| answer.headers().find(|(key, _)| *key == name).map(|(_, value)| value);
        assert_eq!(header("cache-control"), Some("no-store"));
        assert_eq!(header("x-content-type-options"), Some("nosniff"));
        assert_eq!(header("vary"), Some("Origin, Sec-Fetch-Site"));
        assert_eq!(header("access-control-allow-origin"), Some(world::ORIGIN));
        assert_eq!((header("x-request-id"), header("x-wix-request-id")), (Some("r"), Some("r")));
        assert!(header("content-type").is_some_and(|kind| kind.contains("json")));
    }
}

#[test]
fn p26_too_many_headers_and_too_large_ones() {
    for (count, bytes, status) in [(100, 16_384, 200), (101, 10, 431), (1, 16_385, 431)] {
        let request = Request { header_count: count, header_bytes: bytes, ..request("GET", "/healthz") };
        assert_eq!(World::new(json!({})).run(request, &with_role(Role::Visitor), &json!({})).status, status);
    }
}
