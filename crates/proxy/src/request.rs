//! The part of a request that decisions may see.

/// A request. Only these headers come in: what isn't here can't be trusted by mistake (P8), and neither the
/// caller's token nor a cookie ever enters.
#[derive(Debug, Clone, Default)]
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
    /// Reads a request from one line for each of method, target, request id, `Origin`, `Sec-Fetch-Site`,
    /// `Sec-Fetch-Mode`, `Sec-Fetch-Dest`, `X-Loyalty-Client`, `Content-Type`, `Content-Encoding`, `Idempotency-Key`,
    /// `Access-Control-Request-Method`, `X-Wix-Consistent`, the rest of it and address. A line begins with `=`; an empty
    /// one stands for a header that is not there. The rest is whether there is an `Authorization`, how many headers there
    /// are and how long they are together: `1 9 512`. No header can have a line break; the address may, and is all that
    /// is left.
    #[must_use]
    pub fn read(lines: &str) -> Self {
        let mut lines = lines.splitn(15, '\n').map(|line| line.strip_prefix('=').map(str::to_owned));
        let mut next = || lines.next().flatten();
        let mut request = Self {
            method: next().unwrap_or_default(),
            target: next().unwrap_or_default(),
            request_id: next().unwrap_or_default(),
            origin: next(),
            sec_fetch_site: next(),
            sec_fetch_mode: next(),
            sec_fetch_dest: next(),
            client: next(),
            content_type: next(),
            content_encoding: next(),
            idempotency_key: next(),
            preflight_method: next(),
            consistent: next(),
            ..Self::default()
        };
        let rest = next().unwrap_or_default();
        request.address = next();
        // What can't be read is as much as can be: that is refused.
        let mut rest = rest.split(' ').map(|number| number.parse().unwrap_or(usize::MAX));
        request.has_authorization = rest.next() == Some(1);
        request.header_count = rest.next().unwrap_or(usize::MAX);
        request.header_bytes = rest.next().unwrap_or(usize::MAX);
        request
    }

    /// The path and, behind the first `?`, the query.
    pub(crate) fn split(&self) -> (&str, Option<&str>) {
        match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&self.target, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_line_by_line() {
        let read = Request::read(
            "=GET\n=/loyalty/me?x=1\n=id\n\n=\n=cors\n\n=a/1\n\n\n=k\n=POST\n=c\n=1 9 512\n=ad\n=dress",
        );
        assert_eq!((read.method.as_str(), read.target.as_str()), ("GET", "/loyalty/me?x=1"));
        assert_eq!((read.request_id.as_str(), read.origin), ("id", None), "not there");
        assert_eq!(read.sec_fetch_site.as_deref(), Some(""), "there, and empty");
        assert_eq!((read.sec_fetch_mode.as_deref(), read.sec_fetch_dest), (Some("cors"), None));
        assert_eq!((read.client.as_deref(), read.content_type), (Some("a/1"), None));
        assert_eq!((read.content_encoding, read.idempotency_key.as_deref()), (None, Some("k")));
        assert_eq!((read.preflight_method.as_deref(), read.consistent.as_deref()), (Some("POST"), Some("c")));
        assert_eq!(read.address.as_deref(), Some("ad\n=dress"));
        assert_eq!((read.has_authorization, read.header_count, read.header_bytes), (true, 9, 512));
        let nothing = Request::read("");
        assert_eq!((nothing.address, nothing.has_authorization), (None, false));
        assert_eq!(nothing.header_count, usize::MAX, "what is not told is too much");
    }
}
