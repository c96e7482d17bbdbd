//! The routes of a sign-in, and every other route where callers are known by a cookie (P16, P17).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that trips is a test that fails"
)]

mod world;

use loyalty_contract::endpoint::ENDPOINTS;
use loyalty_proxy::{Config, Effect, Exchange, Options, Request, Role, SessionStep};
use serde_json::json;
use std::rc::Rc;
use world::{NOON, ORIGIN, World, code_of, request, with_role};

fn config(session: bool) -> Rc<Config> {
    let options: Options = serde_json::from_value(json!({
        "policy": world::policy(), "origins": [ORIGIN], "upstream": "http://127.0.0.1:9", "siteId": world::SITE,
        "keyKind": "other", "cookies": true, "session": session,
    }))
    .unwrap();
    Rc::new(Config::new(&options).unwrap())
}

fn world(session: bool) -> World {
    let mut world = World::new(world::policy());
    world.config = config(session);
    world
}

/// A request as a page of the proxy's own origin sends it.
fn own(method: &str, path: &str) -> Request {
    Request {
        sec_fetch_site: Some("same-origin".to_owned()),
        has_authorization: false,
        ..request(method, path)
    }
}

/// A page that a browser goes to.
fn visit(path: &str) -> Request {
    Request {
        sec_fetch_mode: Some("navigate".to_owned()),
        sec_fetch_dest: Some("document".to_owned()),
        origin: None,
        client: None,
        content_type: None,
        has_authorization: false,
        ..request("GET", path)
    }
}

/// Every route that isn't a navigation: the table's and our own.
fn routes() -> Vec<(&'static str, String)> {
    let id = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";
    let table = ENDPOINTS.iter().map(|endpoint| {
        let segments = endpoint.path.split('/').map(|segment| match segment {
            "{name}" => "visit",
            segment if segment.starts_with('{') => id,
            segment => segment,
        });
        (endpoint.method.as_str(), segments.collect::<Vec<_>>().join("/"))
    });
    table.chain([("GET", "/me".to_owned()), ("POST", "/logout".to_owned())]).collect()
}

#[test]
fn p16_with_cookies_too_every_route_needs_the_client_header_and_posts_need_json() {
    assert!(routes().len() > 25);
    for (method, path) in routes() {
        let bare = Request { client: None, ..own(method, &path) };
        let answer = world(true).run(bare, &with_role(Role::Admin), &json!({}));
        assert_eq!((answer.status, code_of(&answer).as_str()), (403, "ORIGIN_DENIED"), "{path}");
        if method == "POST" {
            let form = Request { content_type: Some("text/plain".to_owned()), ..own(method, &path) };
            let answer = world(true).run(form, &with_role(Role::Admin), &json!({}));
            assert_eq!(answer.status, 415, "{path}");
        }
        let navigation = Request { client: None, content_type: None, ..visit(&path) };
        let answer = world(true).run(
            Request { method: method.to_owned(), ..navigation },
            &with_role(Role::Admin),
            &json!({}),
        );
        assert_eq!(answer.status, 403, "a navigation to {path}");
    }
}

#[test]
fn p17_with_cookies_no_route_takes_a_call_that_is_not_of_the_same_origin() {
    let with = |site: Option<&str>, origin: Option<&str>, method: &str, path: &str| Request {
        sec_fetch_site: site.map(str::to_owned),
        origin: origin.map(str::to_owned),
        has_authorization: true,
        ..request(method, path)
    };
    for session in [true, false] {
        for (method, path) in routes().into_iter().filter(|(_, path)| session || path != "/logout") {
            for (site, origin) in [
                (None, None),
                (Some("cross-site"), Some(ORIGIN)),
                (Some("cross-site"), None),
                (Some("same-site"), Some(ORIGIN)),
                (Some("same-site"), None),
                (Some("none"), None),
                (Some("same-origin"), Some("https://evil.example")),
                (None, Some("null")),
            ] {
                let mut world = world(session);
                let answer =
                    world.run(with(site, origin, method, &path), &with_role(Role::Admin), &json!({}));
                assert_eq!(
                    (answer.status, code_of(&answer).as_str()),
                    (403, "ORIGIN_DENIED"),
                    "{path} {site:?} {origin:?}"
                );
                assert!(world.upstream.calls.is_empty(), "{path}");
            }
        }
    }
    let me = "/loyalty-accounts/v1/accounts/my-account";
    let answer = world(true).run(own("GET", me), &with_role(Role::Member), &json!({}));
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[test]
fn p16_a_sign_in_asks_the_shell_for_one_step_and_touches_nothing_else() {
    for (path, wanted) in [
        ("/login?returnTo=/points", SessionStep::Login { return_to: "/points".to_owned() }),
        ("/login", SessionStep::Login { return_to: "/".to_owned() }),
        ("/callback?code=a&state=b", SessionStep::Callback),
    ] {
        let mut exchange = Exchange::new(config(true), visit(path));
        assert_eq!(exchange.start(NOON), Effect::Session { step: wanted }, "{path}");
        let mut world = world(true);
        let answer = world.run(visit(path), &with_role(Role::Admin), &json!({}));
        assert_eq!(answer.status, 303, "{}", answer.body);
        let header = |name: &str| answer.headers().find(|(key, _)| *key == name).map(|(_, value)| value);
        assert_eq!(header("location"), Some("https://login.example/"));
        assert_eq!(header("referrer-policy"), Some("no-referrer"));
        assert_eq!(header("cache-control"), Some("no-store"));
        assert!(world.upstream.calls.is_empty());
    }
}

#[test]
fn p16_a_sign_in_is_a_navigation_and_every_other_way_to_it_is_refused() {
    for path in ["/login", "/callback"] {
        let as_page = |change: fn(&mut Request)| {
            let mut request = visit(path);
            change(&mut request);
            world(true).run(request, &with_role(Role::Admin), &json!({})).status
        };
        assert_eq!(as_page(|_| ()), 303, "{path}");
        assert_eq!(as_page(|request| request.sec_fetch_site = Some("cross-site".to_owned())), 303);
        assert_eq!(as_page(|request| request.sec_fetch_mode = None), 403);
        assert_eq!(as_page(|request| request.sec_fetch_mode = Some("cors".to_owned())), 403);
        assert_eq!(as_page(|request| request.sec_fetch_dest = Some("iframe".to_owned())), 403);
        assert_eq!(as_page(|request| request.origin = Some("https://evil.example".to_owned())), 403);
        assert_eq!(as_page(|request| request.method = "POST".to_owned()), 405);
        assert_eq!(as_page(|request| request.method = "HEAD".to_owned()), 405);
    }
}

#[test]
fn without_sessions_there_is_no_sign_in() {
    for path in ["/login", "/callback", "/logout"] {
        let mut world = world(false);
        let method = if path == "/logout" { "POST" } else { "GET" };
        let answer = world.run(own(method, path), &with_role(Role::Admin), &json!({}));
        assert_eq!(answer.status, 404, "{path}");
    }
}
