//! The part of a request that decisions may see.

use serde::Deserialize;

/// A request. Only these headers come in: what isn't here can't be trusted by mistake (P8), and neither the
/// caller's token nor a cookie ever enters.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Request {
    /// The method, as sent.
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    /// The id that the shell gave it.
    pub request_id: String,
    /// `Origin`
    pub origin: Option<String>,
    /// `Sec-Fetch-Site`
    pub sec_fetch_site: Option<String>,
    /// `Sec-Fetch-Mode`
    pub sec_fetch_mode: Option<String>,
    /// `Sec-Fetch-Dest`
    pub sec_fetch_dest: Option<String>,
    /// `X-Loyalty-Client`
    pub client: Option<String>,
    /// `Content-Type`
    pub content_type: Option<String>,
    /// `Content-Encoding`
    pub content_encoding: Option<String>,
    /// `Idempotency-Key`
    pub idempotency_key: Option<String>,
    /// `Access-Control-Request-Method`
    pub preflight_method: Option<String>,
    /// `X-Wix-Consistent`
    pub consistent: Option<String>,
    /// Where it came from, as the runtime or the developer says: never from a header that a client sets (P8).
    pub address: Option<String>,
    /// Whether there is an `Authorization`.
    pub has_authorization: bool,
    /// How many headers there are.
    pub header_count: usize,
    /// How long they are together.
    pub header_bytes: usize,
}

impl Request {
    /// The path and, behind the first `?`, the query.
    pub(crate) fn split(&self) -> (&str, Option<&str>) {
        match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&self.target, None),
        }
    }
}
