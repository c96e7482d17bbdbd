//! Sessions by cookie: the three routes of a sign-in, who may come to them, and what cookies change about the
//! browser's side of the fence (P16-P18). Cookies, codes and tokens themselves stay in the shell.

use crate::config::Config;
use crate::flow::{Context, Reply};
use crate::problem::Problem;
use crate::rate;
use crate::request::Request;
use loyalty_contract::ErrorCode;
use serde::Serialize;
use serde_json::json;

/// The longest path that a sign-in leads back to: it travels in a cookie.
const MAX_RETURN: usize = 512;

/// A step of a session that the shell carries out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum SessionStep {
    /// Send the browser to where its user signs in.
    Login {
        /// The path that it comes back to in the end.
        return_to: String,
    },
    /// Take the answer of the sign-in, and begin a session.
    Callback,
    /// End the session, for good.
    Logout,
}

/// One of the three routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Login,
    Callback,
    Logout,
}

impl Way {
    /// The route of a path behind the mount, where the proxy has sessions.
    pub(crate) fn of(config: &Config, path: &str) -> Option<Self> {
        match path {
            "/login" => Some(Self::Login),
            "/callback" => Some(Self::Callback),
            "/logout" => Some(Self::Logout),
            _ => None,
        }
        .filter(|_| config.session)
    }

    /// Its name, for the log.
    const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Callback => "callback",
            Self::Logout => "logout",
        }
    }

    /// Its one method.
    pub(crate) const fn method(self) -> &'static str {
        match self {
            Self::Login | Self::Callback => "GET",
            Self::Logout => "POST",
        }
    }

    /// Whether a browser comes here by itself, and not by a script of ours.
    pub(crate) const fn is_navigation(self) -> bool {
        matches!(self, Self::Login | Self::Callback)
    }
}

/// Checks that a page is being opened: a navigation carries no header of ours, and a script, a picture or a frame of
/// another site can't pass for one.
pub(crate) fn navigation(request: &Request) -> Result<(), Problem> {
    let mode = request.sec_fetch_mode.as_deref();
    let dest = request.sec_fetch_dest.as_deref();
    if mode == Some("navigate") && matches!(dest, None | Some("document")) {
        return Ok(());
    }
    Err(Problem::new(ErrorCode::OriginDenied, "this is a page to go to, not one to fetch or to embed"))
}

/// Checks what a cookie needs beside it: a browser adds it to any request, so the request has to be one that only a
/// page of this very origin can send (P17).
pub(crate) fn same_origin(request: &Request) -> Result<(), Problem> {
    match (request.sec_fetch_site.as_deref(), &request.origin) {
        (Some("same-origin"), _) | (None, Some(_)) => Ok(()),
        (Some(_), _) => Err(denied("with a cookie only pages of the proxy's own origin may call")),
        (None, None) => {
            Err(denied("with a cookie a call needs Origin or Sec-Fetch-Site, as browsers send them"))
        }
    }
}

fn denied(detail: &str) -> Problem {
    Problem::new(ErrorCode::OriginDenied, detail)
}

/// Carries a step out.
pub(crate) async fn walk(context: &Context, way: Way) -> Result<Reply, Problem> {
    context.trail.route(way.name());
    // No points move here: without the store it is counted by this process.
    context.shell.changes_nothing();
    rate::arriving(context).await?;
    let step = match way {
        Way::Login => {
            SessionStep::Login { return_to: return_to(&context.config, context.request.split().1)? }
        }
        Way::Callback => SessionStep::Callback,
        Way::Logout => SessionStep::Logout,
    };
    match context.shell.session(step).await? {
        Some(location) => Ok(Reply { status: 303, location: Some(location), ..Reply::default() }),
        None => Ok(Reply::ok(&json!({}), None)),
    }
}

/// Where a sign-in leads back to: a path of this origin and nothing that a browser could read as another's.
fn return_to(config: &Config, query: Option<&str>) -> Result<String, Problem> {
    let wrong = |why: &str| Problem::argument("returnTo", "FORMAT", why);
    let mut found = None;
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if name != "returnTo" {
            return Err(Problem::argument("", "UNKNOWN_FIELD", "login takes returnTo and nothing else"));
        }
        if found.replace(value).is_some() {
            return Err(wrong("is given twice"));
        }
    }
    let Some(encoded) = found else { return Ok("/".to_owned()) };
    let path = decoded(encoded).ok_or_else(|| wrong("is not percent-encoded text"))?;
    if path.len() > MAX_RETURN {
        return Err(wrong("is over 512 characters"));
    }
    let mut bytes = path.bytes();
    let is_path = bytes.next() == Some(b'/')
        && bytes.next() != Some(b'/')
        // Browsers read a backslash as a slash and drop tabs and line ends: `/\evil.example` leads away.
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !is_path {
        return Err(wrong("must be a path of this origin, such as /points"));
    }
    let plain = path.split(['?', '#']).next().unwrap_or_default();
    let inside = plain
        .strip_prefix(config.base_path.as_str())
        .is_some_and(|rest| !config.base_path.is_empty() && (rest.is_empty() || rest.starts_with('/')));
    let is_dots =
        |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
    if inside || plain.split('/').any(is_dots) {
        return Err(wrong("must be a page of the shop, without dots, and not the proxy itself"));
    }
    Ok(path)
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let high = char::from(rest.next()?).to_digit(16)?;
                let low = char::from(rest.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Options;

    fn config(base: &str) -> Config {
        let options: Options = serde_json::from_value(json!({
            "policy": {"grants": {}}, "origins": ["https://shop.example"], "basePath": base, "siteId": "s",
            "keyKind": "other", "cookies": true, "session": true,
        }))
        .unwrap();
        Config::new(&options).unwrap()
    }

    #[test]
    fn p16_a_sign_in_leads_back_to_a_page_of_the_shop_and_nowhere_else() {
        let config = config("/loyalty");
        let to = |query: &str| return_to(&config, Some(query)).ok();
        for (query, path) in [
            ("", "/"),
            ("returnTo=/", "/"),
            ("returnTo=/points", "/points"),
            ("returnTo=%2Fpoints%3Fa%3Db%26c%23d", "/points?a=b&c#d"),
            ("returnTo=/loyalty-program", "/loyalty-program"),
            ("returnTo=/a?next=https://evil.example", "/a?next=https://evil.example"),
        ] {
            assert_eq!(to(query).as_deref(), Some(path), "{query}");
        }
        assert_eq!(return_to(&config, None).ok().as_deref(), Some("/"));
        for query in [
            "returnTo=",
            "returnTo=points",
            "returnTo=https://evil.example",
            "returnTo=//evil.example",
            "returnTo=%2F%2Fevil.example",
            "returnTo=/%5Cevil.example",
            "returnTo=/\\evil.example",
            "returnTo=\\\\evil.example",
            "returnTo=/%09/evil.example",
            "returnTo=/%0A/evil.example",
            "returnTo=/%0d%0aset-cookie:a=b",
            "returnTo=%09//evil.example",
            "returnTo=%20/points",
            "returnTo=/a%20b",
            "returnTo=javascript:alert(1)",
            "returnTo=/%C3%A9",
            "returnTo=/%FF",
            "returnTo=/%2",
            "returnTo=/./%2Fevil.example",
            "returnTo=/..//evil.example",
            "returnTo=/%252e%252E//evil.example",
            "returnTo=/loyalty",
            "returnTo=/loyalty/login",
            "returnTo=/loyalty?x",
            "returnTo=/a&returnTo=/b",
            "returnTo=/a&next=/b",
            "other=/a",
        ] {
            assert_eq!(to(query), None, "{query}");
        }
        assert_eq!(to(&format!("returnTo=/{}", "x".repeat(511))).map(|path| path.len()), Some(512));
        assert_eq!(to(&format!("returnTo=/{}", "x".repeat(512))), None);
    }

    #[test]
    fn p16_only_a_navigation_may_come_to_a_sign_in() {
        let come = |mode: Option<&str>, dest: Option<&str>| {
            let request = Request {
                sec_fetch_mode: mode.map(str::to_owned),
                sec_fetch_dest: dest.map(str::to_owned),
                ..Request::default()
            };
            navigation(&request).is_ok()
        };
        assert!(come(Some("navigate"), Some("document")));
        assert!(come(Some("navigate"), None));
        for (mode, dest) in [
            (None, None),
            (Some("cors"), Some("empty")),
            (Some("no-cors"), Some("image")),
            (Some("same-origin"), None),
            (Some("navigate"), Some("iframe")),
            (Some("navigate"), Some("object")),
            (Some("Navigate"), Some("document")),
        ] {
            assert!(!come(mode, dest), "{mode:?} {dest:?}");
        }
    }

    #[test]
    fn p17_a_cookie_needs_a_page_of_the_same_origin() {
        let may = |site: Option<&str>, origin: Option<&str>| {
            let request = Request {
                sec_fetch_site: site.map(str::to_owned),
                origin: origin.map(str::to_owned),
                has_authorization: true,
                ..Request::default()
            };
            same_origin(&request).is_ok()
        };
        let page = Some("https://shop.example");
        for (site, origin, good) in [
            (Some("same-origin"), page, true),
            (Some("same-origin"), None, true),
            (None, page, true),
            (None, None, false),
            (Some("cross-site"), page, false),
            (Some("cross-site"), None, false),
            (Some("same-site"), page, false),
            (Some("same-site"), None, false),
            (Some("none"), None, false),
            (Some("Same-Origin"), page, false),
        ] {
            assert_eq!(may(site, origin), good, "{site:?} {origin:?}");
        }
    }

    #[test]
    fn the_three_routes_are_there_with_sessions_only() {
        let with = config("/loyalty");
        let without = Config { session: false, ..with.clone() };
        for (path, method) in [("/login", "GET"), ("/callback", "GET"), ("/logout", "POST")] {
            assert_eq!(Way::of(&with, path).map(Way::method), Some(method));
            assert_eq!(Way::of(&without, path), None, "{path}");
        }
        assert_eq!(Way::of(&with, "/login/"), None);
    }
}
