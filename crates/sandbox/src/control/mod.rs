//! The control plane under `/_sandbox/`: for the developer's own machine and never for a page.
//!
//! A page can't send the header without a preflight, preflights get no CORS headers here, and a name that was
//! pointed at this machine (DNS rebinding) is not a loopback `Host`.

mod coupons;
mod export;
mod orders;

use serde_json::{Map, Value, json};

use crate::error::Failure;
use crate::http::{Request, Response};
use crate::sandbox::Sandbox;

const ROOT: &str = "/_sandbox";
/// The header that every control call carries, with the value `1`.
const HEADER: &str = "x-sandbox-control";

/// Whether the path is the control plane's.
#[must_use]
pub(crate) fn owns(path: &str) -> bool {
    path.strip_prefix(ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a control call.
pub(crate) fn answer(sandbox: &mut Sandbox, request: &Request, real_ms: i64) -> Response {
    sandbox.ledger.events.set_cause(sandbox.credentials.owner());
    match guard(request).and_then(|()| carry_out(sandbox, request, real_ms)) {
        Ok(answer) => Response::json(200, &answer),
        Err(failure) => failure.response(),
    }
}

fn guard(request: &Request) -> Result<(), Failure> {
    if !request.get("host").is_some_and(is_loopback) {
        return Err(Failure::permission_denied(
            "The control plane answers this machine only: call it as localhost or 127.0.0.1.",
        ));
    }
    if request.get(HEADER) != Some("1") {
        return Err(Failure::permission_denied("The control plane needs the header X-Sandbox-Control: 1."));
    }
    Ok(())
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => return rest.split(']').next() == Some("::1"),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

fn carry_out(sandbox: &mut Sandbox, request: &Request, real_ms: i64) -> Result<Value, Failure> {
    let place = request.path().strip_prefix(ROOT).unwrap_or_default().trim_matches('/');
    match (request.method.as_str(), place) {
        ("GET", "") => Ok(json!({
            "places": [
                "ready", "contacts", "program", "clock", "faults", "requests", "events", "webhooks", "coupons", "reset", "count", "export",
            ],
        })),
        ("GET", "ready") => Ok(sandbox.ready()),
        ("GET", "contacts") => Ok(orders::contacts(sandbox)),
        ("POST", "contacts") => orders::add_contact(sandbox, body(request)?),
        ("POST", "program") => orders::set_program(sandbox, body(request)?, real_ms),
        ("GET", "clock") => Ok(orders::clock(sandbox, real_ms)),
        ("POST", "clock") => orders::set_clock(sandbox, body(request)?, real_ms),
        ("GET", "faults") => Ok(orders::faults(sandbox)),
        ("POST", "faults") => orders::add_faults(sandbox, body(request)?),
        ("DELETE", "faults") => Ok(orders::clear_faults(sandbox)),
        ("GET", "requests") => Ok(sandbox.journal.to_json()),
        ("DELETE", "requests") => {
            sandbox.journal.clear();
            Ok(json!({}))
        }
        ("GET", "events") => Ok(sandbox.ledger.events.to_json()),
        ("DELETE", "events") => {
            sandbox.ledger.events.clear();
            Ok(json!({}))
        }
        ("GET", "webhooks") => Ok(orders::webhooks(sandbox)),
        ("POST", "webhooks") => orders::set_webhooks(sandbox, body(request)?),
        ("DELETE", "webhooks") => {
            sandbox.ledger.events.deliver_to(None);
            Ok(orders::webhooks(sandbox))
        }
        ("GET", "coupons") => Ok(coupons::all(sandbox)),
        ("POST", "coupons") => coupons::set_fate(sandbox, body(request)?),
        ("POST", place) if place.starts_with("coupons/") => coupons::change(sandbox, place, real_ms),
        ("POST", "reset") => {
            let mut fresh = Sandbox::new(sandbox.options.clone(), real_ms);
            fresh.signing_key = sandbox.signing_key.clone();
            sandbox.become_another(fresh);
            Ok(sandbox.ready())
        }
        ("GET", "count") => Ok(export::count(sandbox)),
        ("GET", "export") => Ok(export::whole(sandbox, real_ms)),
        (_, "contacts" | "clock" | "coupons") => Err(Failure::wrong_method(&["GET", "POST"])),
        (_, "faults" | "webhooks") => Err(Failure::wrong_method(&["GET", "POST", "DELETE"])),
        (_, "requests" | "events") => Err(Failure::wrong_method(&["GET", "DELETE"])),
        (_, "reset" | "program") => Err(Failure::wrong_method(&["POST"])),
        (_, "" | "ready" | "count" | "export") => Err(Failure::wrong_method(&["GET"])),
        _ => Err(Failure::not_found("The control plane has no such place; GET /_sandbox/ lists them.")),
    }
}

fn body(request: &Request) -> Result<Value, Failure> {
    if request.body.trim().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_str(&request.body)
        .map_err(|error| Failure::invalid_argument(format!("The body is no JSON: {error}.")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    #[test]
    fn p37_loopback_is_this_machine_and_nothing_that_looks_like_it() {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1", "127.9.9.9:3000", "[::1]:80"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["", "127.0.0.1.example", "localhost.example", "10.0.0.1", "[::2]", "0.0.0.0", "2130706433"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn p37_the_control_plane_needs_its_header_and_a_loopback_host_and_has_no_cors() {
        let mut sandbox = Sandbox::new(Options::default(), 0);
        let mut ask = |method: &str, headers: &[(&str, &str)]| {
            let request = Request::new(method, "/_sandbox/export");
            let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
            sandbox.handle(&request, 0)
        };
        for headers in [
            &[("host", "127.0.0.1:1")][..],
            &[("host", "127.0.0.1:1"), ("x-sandbox-control", "0")],
            &[("host", "evil.example"), ("x-sandbox-control", "1")],
            &[("x-sandbox-control", "1")],
        ] {
            for method in ["GET", "OPTIONS"] {
                let refused = ask(method, headers);
                assert_eq!(refused.status, 403, "{headers:?}");
                assert!(!refused.headers.iter().any(|(name, _)| name.starts_with("access-control")));
            }
        }
        let good = [("host", "127.0.0.1:1"), ("x-sandbox-control", "1"), ("origin", "http://127.0.0.1:1")];
        let answered = ask("GET", &good);
        assert_eq!(answered.status, 200);
        assert!(!answered.headers.iter().any(|(name, _)| name.starts_with("access-control")));
        assert_eq!(ask("OPTIONS", &good).status, 405);
        assert!(owns("/_sandbox") && owns("/_sandbox/x") && !owns("/_sandboxes"));
    }
}
