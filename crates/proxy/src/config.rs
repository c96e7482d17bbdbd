//! What the developer gives to `createProxy`, checked at once: a wrong setting never waits for a request.

use crate::cache::Keep;
use crate::heads::Heads;
use crate::keys::shard;
use crate::policy::Policy;
use crate::store::Window;
use crate::twin::Twin;
use crate::webhook::Webhooks;
use serde::Deserialize;
use serde_json::Value;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;

/// The options, as the shell hands them in. The key itself is not among them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Options {
    /// The policy file.
    pub policy: Value,
    /// The origins whose pages may call.
    pub origins: Value,
    /// Where calls go.
    #[serde(default = "default_upstream")]
    pub upstream: Value,
    /// The path that the proxy is mounted at.
    #[serde(default = "default_base_path")]
    pub base_path: Value,
    /// The names of the `confirm` hooks.
    #[serde(default)]
    pub hooks: Vec<String>,
    /// Whether there is a bot check.
    #[serde(default)]
    pub bot_check: bool,
    /// The site that the credential is for.
    pub site_id: String,
    /// What kind of key the credential is, by its first letters.
    pub key_kind: KeyKind,
    /// Whether there is an audit sink, and what its failure means.
    #[serde(default)]
    pub audit: Audit,
    /// How long answers are kept.
    #[serde(default)]
    pub cache: Keep,
    /// Which webhooks are taken; none where it is missing.
    #[serde(default)]
    pub webhooks: Option<Webhooks>,
    /// Whether callers are known by a cookie.
    #[serde(default)]
    pub cookies: bool,
    /// Whether the cookie is ours, with routes to sign in and out by.
    #[serde(default)]
    pub session: bool,
}

fn default_upstream() -> Value {
    Value::from("https://www.wixapis.com")
}

fn default_base_path() -> Value {
    Value::from("/loyalty")
}

/// What an elevated key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// `IST.…`: a real site.
    Wix,
    /// `SANDBOX.…`: the sandbox.
    Sandbox,
    /// No known prefix.
    Other,
}

/// The audit sink.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Audit {
    /// There is none.
    #[default]
    None,
    /// A write whose record can't be written is refused.
    DenyWrites,
    /// It is carried out all the same; the log says that its record is missing.
    Allow,
}

/// The settings of a proxy, found sound.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) policy: Policy,
    pub(crate) origins: BTreeSet<String>,
    pub(crate) base_path: String,
    pub(crate) site_id: String,
    /// Where all calls upstream are counted: the same for each of them.
    pub(crate) service_shard: String,
    /// The window that they counted in last.
    pub(crate) service_window: RefCell<Option<Twin<Window>>>,
    /// What was said at the head of answers.
    pub(crate) heads: Heads,
    pub(crate) audit: Audit,
    pub(crate) keep: Keep,
    pub(crate) webhooks: Option<Webhooks>,
    pub(crate) cookies: bool,
    pub(crate) session: bool,
    /// What `/openapi.json` says, from the first time that it was asked for.
    pub(crate) document: OnceCell<String>,
}

impl Config {
    /// Checks the options.
    ///
    /// # Errors
    /// Every mistake, as a line that names the option or the place in the policy.
    pub fn new(options: &Options) -> Result<Self, Vec<String>> {
        let mut mistakes = Vec::new();
        let policy = Policy::parse(&options.policy).unwrap_or_else(|found| {
            mistakes.extend(found.iter().map(|mistake| format!("policy: {mistake}")));
            Policy::default()
        });
        for (action, hook) in policy.hooks() {
            if !options.hooks.iter().any(|known| known == hook) {
                mistakes.push(format!(
                    "confirm: the policy's action \"{action}\" names the hook \"{hook}\"; add it to confirm"
                ));
            }
        }
        if policy.has_bot_check() && !options.bot_check {
            mistakes.push("botCheck: the policy asks for it; give a function to botCheck".to_owned());
        }
        let origins = origins(&options.origins).unwrap_or_else(|found| {
            mistakes.extend(found);
            BTreeSet::new()
        });
        let base_path = base_path(&options.base_path).unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            String::new()
        });
        if let Err(mistake) = upstream(&options.upstream, options.key_kind) {
            mistakes.push(mistake);
        }
        if options.site_id.is_empty() || options.site_id.len() > 100 {
            mistakes
                .push("credential: siteId is missing; an API key opens nothing without its site".to_owned());
        }
        if options.cookies && mistakes.is_empty() {
            mistakes.extend(own_origin(&origins, options.session));
        }
        mistakes.extend(options.cache.check());
        if mistakes.is_empty() {
            let keep = options.cache;
            let webhooks = options.webhooks.clone();
            let (cookies, session) = (options.cookies, options.session);
            let site_id = options.site_id.clone();
            Ok(Self {
                policy,
                origins,
                base_path,
                service_shard: shard(&site_id, "service "),
                service_window: RefCell::default(),
                heads: Heads::default(),
                site_id,
                audit: options.audit,
                keep,
                webhooks,
                cookies,
                session,
                document: OnceCell::new(),
            })
        } else {
            Err(mistakes)
        }
    }
}

/// A URL's scheme, host and port, of those that are nothing but that.
struct Origin<'a> {
    scheme: &'a str,
    host: &'a str,
}

impl<'a> Origin<'a> {
    /// Reads an origin in the one form that browsers send: lower case, no path, no default port.
    fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let default_port = match scheme {
            "http" => "80",
            "https" => "443",
            _ => return None,
        };
        let (host, port) = match rest.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                let good = host.contains(':')
                    && host.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b':'));
                (good.then_some(host)?, port)
            }
            None => rest.find(':').map_or((rest, ""), |at| rest.split_at(at)),
        };
        let labels = host.contains(':')
            || host.split('.').all(|label| {
                !label.is_empty()
                    && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
            });
        if !labels {
            return None;
        }
        if !port.is_empty() {
            let digits = port.strip_prefix(':')?;
            let number: u16 = digits.parse().ok()?;
            if number.to_string() != digits || digits == default_port {
                return None;
            }
        }
        Some(Self { scheme, host })
    }

    fn is_loopback(&self) -> bool {
        matches!(self.host, "localhost" | "::1")
            || self.host.strip_prefix("127.").is_some_and(|rest| {
                rest.split('.').count() == 3 && rest.split('.').all(|part| part.parse::<u8>().is_ok())
            })
    }

    fn is_wix(&self) -> bool {
        ["wixapis.com", "wix.com"].iter().any(|domain| {
            self.host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }
}

fn origins(value: &Value) -> Result<BTreeSet<String>, Vec<String>> {
    let Some(list) = value.as_array() else {
        return Err(vec!["origins: must be a list such as [\"https://shop.example\"]".to_owned()]);
    };
    let mut mistakes = Vec::new();
    let mut origins = BTreeSet::new();
    for (at, item) in list.iter().enumerate() {
        match item.as_str() {
            Some(text) if Origin::parse(text).is_some() => {
                origins.insert(text.to_owned());
            }
            _ => mistakes.push(format!(
                "origins[{at}]: {item} is not an exact origin: scheme://host or scheme://host:port in lower case, \
                 without path, wildcard or default port"
            )),
        }
    }
    if mistakes.is_empty() { Ok(origins) } else { Err(mistakes) }
}

/// With cookies there is one origin, the proxy's own: a cookie never goes together with CORS (P18).
fn own_origin(origins: &BTreeSet<String>, session: bool) -> Option<String> {
    let mut list = origins.iter();
    let (Some(only), None) = (list.next(), list.next()) else {
        return Some(
            "origins: with cookies there is exactly one, that of page and proxy; other sites' pages need tokens"
                .to_owned(),
        );
    };
    let secure = Origin::parse(only).is_some_and(|origin| origin.scheme == "https" || origin.is_loopback());
    (session && !secure).then(|| "origins: a session's cookie is Secure and needs https".to_owned())
}

fn upstream(value: &Value, key: KeyKind) -> Result<(), String> {
    let origin = value.as_str().and_then(Origin::parse).ok_or_else(|| {
        format!("upstream: {value} is not an origin such as \"https://www.wixapis.com\", without a path")
    })?;
    if origin.scheme != "https" && !origin.is_loopback() {
        return Err("upstream: plain http is for a sandbox on loopback only; use https".to_owned());
    }
    match key {
        KeyKind::Sandbox if origin.is_wix() => {
            Err("credential: a SANDBOX. key opens no Wix host; set upstream to your sandbox".to_owned())
        }
        KeyKind::Wix if !origin.is_wix() => {
            Err("credential: an IST. key belongs to a real site and goes to Wix hosts only; use the sandbox's own key".to_owned())
        }
        _ => Ok(()),
    }
}

fn base_path(value: &Value) -> Result<String, String> {
    let good = value.as_str().filter(|path| {
        path.is_empty()
            || path.strip_prefix('/').is_some_and(|rest| {
                rest.split('/').all(|segment| {
                    !segment.is_empty()
                        && segment
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
                })
            })
    });
    good.map(str::to_owned).ok_or_else(|| {
        format!("basePath: {value} must be like \"/loyalty\", without a slash at the end, or \"\"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn p15_only_exact_origins_are_taken() {
        for good in
            ["https://shop.example", "http://localhost:8787", "http://127.0.0.1:1", "http://[::1]:3000"]
        {
            assert!(origins(&json!([good])).is_ok(), "{good}");
        }
        for bad in [
            "*",
            "null",
            "https://*.shop.example",
            "https://shop.example/",
            "https://shop.example/a",
            "shop.example",
            "https://Shop.example",
            "https://shop.example:443",
            "http://shop.example:80",
            "https://shop.example:0443",
            "ftp://shop.example",
            "https://",
            "https://a@shop.example",
            "https://shop..example",
            "https://shop.example?",
            "https://shop.example:99999",
            "file://",
            "https://[zz]",
            "https://shop.example:",
        ] {
            assert!(origins(&json!([bad])).is_err(), "{bad}");
        }
        assert!(origins(&json!("https://shop.example")).is_err());
        assert!(origins(&json!([1])).is_err());
    }

    #[test]
    fn p37_keys_go_only_where_they_belong() {
        let wix = "https://www.wixapis.com";
        let local = "http://127.0.0.1:9";
        for (host, key, good) in [
            (wix, KeyKind::Wix, true),
            (wix, KeyKind::Sandbox, false),
            (wix, KeyKind::Other, true),
            ("https://edge.wixapis.com", KeyKind::Sandbox, false),
            (local, KeyKind::Wix, false),
            (local, KeyKind::Sandbox, true),
            ("https://notwixapis.com", KeyKind::Wix, false),
            ("https://wixapis.com.evil.example", KeyKind::Wix, false),
            ("http://shop.example", KeyKind::Other, false),
            ("http://127.0.0.1.evil.example", KeyKind::Other, false),
            ("https://www.wixapis.com/path", KeyKind::Wix, false),
            ("https://u:p@www.wixapis.com", KeyKind::Wix, false),
        ] {
            assert_eq!(upstream(&json!(host), key).is_ok(), good, "{host} {key:?}");
        }
    }

    #[test]
    fn p18_cookies_never_go_together_with_other_sites() {
        let fault = |list: &[&str], session| {
            own_origin(&list.iter().map(|origin| (*origin).to_owned()).collect(), session)
        };
        assert_eq!(fault(&["https://shop.example"], true), None);
        assert_eq!(fault(&["http://127.0.0.1:8787"], true), None);
        assert_eq!(fault(&["http://localhost:8787"], true), None);
        assert!(fault(&[], true).is_some());
        assert!(fault(&["https://shop.example", "https://www.shop.example"], true).is_some());
        assert!(fault(&["https://shop.example", "https://www.shop.example"], false).is_some());
        assert!(fault(&["http://shop.example"], true).is_some());
    }

    #[test]
    fn base_paths() {
        for good in ["", "/loyalty", "/api/loyalty"] {
            assert!(base_path(&json!(good)).is_ok(), "{good}");
        }
        for bad in ["/", "loyalty", "/loyalty/", "/a//b", "/a?b", "/../a", "/a%20"] {
            assert!(base_path(&json!(bad)).is_err(), "{bad}");
        }
    }
}
