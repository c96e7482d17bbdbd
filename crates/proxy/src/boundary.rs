//! The browser's side of the fence: who may call across origins, and what a request must carry to be read (P15-P17).

use crate::config::Config;
use crate::effect::{Answer, Headers, Summary};
use crate::problem::Problem;
use crate::request::Request;
use crate::session;
use crate::twin::Twin;
use loyalty_contract::ErrorCode;

/// The most headers and the most bytes of them that a request may have.
const MAX_HEADERS: usize = 100;
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// How long a browser may remember a preflight, in seconds.
const PREFLIGHT_AGE: &str = "600";
const ALLOWED_HEADERS: &str = "authorization, content-type, x-loyalty-client, idempotency-key, traceparent, \
     x-wix-bi-gateway, x-wix-consistent, wix-site-id, wix-account-id";
const EXPOSED_HEADERS: &str =
    "x-request-id, x-wix-request-id, x-wix-consistent, retry-after, ratelimit, ratelimit-policy";

/// A page's origin that is on the list; `None` where no page is known to call.
pub(crate) type Origin = Option<String>;

fn denied(detail: &str) -> Problem {
    Problem::new(ErrorCode::OriginDenied, detail)
}

/// Checks size and origin: what holds for every request, preflights included.
pub(crate) fn origin(config: &Config, request: &Request) -> Result<Origin, Problem> {
    if request.header_count > MAX_HEADERS || request.header_bytes > MAX_HEADER_BYTES {
        return Err(Problem::new(
            ErrorCode::HeadersTooLarge,
            "the request has too many headers, or too large ones",
        ));
    }
    match &request.origin {
        Some(origin) if config.origins.contains(origin) => Ok(Some(origin.clone())),
        Some(_) => Err(denied("this origin may not call; its owner adds it to origins")),
        None => Ok(None),
    }
}

/// Whether the request asks if a page may send another.
pub(crate) fn is_preflight(request: &Request) -> bool {
    request.method == "OPTIONS" && request.origin.is_some() && request.preflight_method.is_some()
}

/// The answer to a preflight of a listed origin. It is given before identity: browsers send no token with it.
pub(crate) fn preflight(request_id: &str, origin: &Origin) -> Answer {
    let rest = vec![
        ("access-control-allow-methods", "GET, POST".to_owned()),
        ("access-control-allow-headers", ALLOWED_HEADERS.to_owned()),
        ("access-control-max-age", PREFLIGHT_AGE.to_owned()),
    ];
    Answer {
        status: 204,
        head: Twin::new(headers(origin)),
        rest,
        request_id: request_id.to_owned(),
        body: String::new(),
        as_it_came: false,
        log: Vec::new(),
        summary: Summary { operation: Some("preflight"), ..Summary::default() },
    }
}

/// Checks that the request is one that our clients send, and no other page could without being asked.
pub(crate) fn client(config: &Config, request: &Request, origin: &Origin) -> Result<(), Problem> {
    if config.cookies {
        session::same_origin(request)?;
    }
    match request.sec_fetch_site.as_deref() {
        None | Some("same-origin" | "same-site" | "none") => {}
        Some("cross-site") if origin.is_some() && request.has_authorization => {}
        Some("cross-site") => {
            return Err(denied("a page of another site needs a listed origin and an Authorization"));
        }
        Some(_) => return Err(denied("Sec-Fetch-Site has no meaning that is known here")),
    }
    let named = request.client.as_deref().and_then(|client| client.split_once('/'));
    let sound =
        |text: &str| (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    match named {
        Some((name, version)) if sound(name) && sound(version) => Ok(()),
        _ => Err(denied("the header X-Loyalty-Client: <name>/<version> is missing")),
    }
}

/// Checks that the body of a POST is JSON and nothing that a form can send.
pub(crate) fn content_type(request: &Request) -> Result<(), Problem> {
    let whole = request.content_type.as_deref().unwrap_or_default().to_ascii_lowercase();
    let mut parts = whole.split(';').map(str::trim);
    let json = parts.next() == Some("application/json")
        && parts.all(|part| matches!(part, "" | "charset=utf-8" | "charset=\"utf-8\""));
    let plain = matches!(request.content_encoding.as_deref(), None | Some("identity"));
    if json && plain {
        return Ok(());
    }
    Err(Problem::new(ErrorCode::UnsupportedMediaType, "send application/json in UTF-8, not compressed"))
}

/// The headers of every answer (P15, P19), the request's id apart.
pub(crate) fn headers(origin: &Origin) -> Headers {
    let mut headers = vec![
        ("vary", "Origin, Sec-Fetch-Site".to_owned()),
        ("cache-control", "no-store".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
    ];
    if let Some(origin) = origin {
        headers.push(("access-control-allow-origin", origin.clone()));
        headers.push(("access-control-expose-headers", EXPOSED_HEADERS.to_owned()));
    }
    headers
}
