//! Arguments in, request out.

use super::arguments::arguments;
use super::problem::Problem;
use crate::codec::escape::{canonical, unescape};
use crate::codec::scan::Scan;
use crate::codec::schema::Method;
use crate::codec::walk::Walker;
use crate::codec::{Naming, Text, tags};
use crate::core::report::get;
use alloc::string::String;
use alloc::vec::Vec;
use loyalty_contract::endpoint::{Endpoint, Identity};
use loyalty_contract::{ENDPOINTS, ErrorCode};

/// A request, ready to be sent.
#[derive(Debug)]
pub struct Request {
    path: String,
    body: Vec<u8>,
}

impl Request {
    /// `GET` or `POST`.
    #[must_use]
    pub fn method(&self) -> &'static str {
        if self.body.is_empty() { "GET" } else { "POST" }
    }

    /// The path below the proxy's URL, with the query string.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The JSON of the body; empty for a GET.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Checks the arguments of a call, a JSON array in the order of the function's, and makes the request of them.
/// `key` fills in a missing `idempotencyKey` where the method has one in its body; it must be of letters,
/// digits, `_` and `-`.
///
/// # Errors
/// `INVALID_ARGUMENT` with every violation.
pub fn begin(operation: u32, arguments_text: &[u8], key: &[u8], naming: Naming) -> Result<Request, Problem> {
    let Some(endpoint) = ENDPOINTS.get(operation as usize) else { return Err(Problem::internal()) };
    let text = canonical(arguments_text);
    let method = Method::numbered(operation);
    let mut walker = Walker::new(Text::new(&text), Vec::new(), naming, true, method);
    let key = if method.effect() == tags::BODY_KEY { key } else { b"" };
    if arguments(&mut walker, key) {
        return Ok(compose(endpoint, walker.out));
    }
    Err(Problem::found(ErrorCode::InvalidArgument, &walker.out, Some(endpoint)))
}

/// Puts the payload where the method wants it: in path and body, or in path and query string.
fn compose(endpoint: &Endpoint, payload: Vec<u8>) -> Request {
    let mut path = String::new();
    let mut body = payload;
    let mut rest = endpoint.path;
    if let Some((before, (name, behind))) =
        endpoint.path.split_once('{').and_then(|(before, tail)| Some((before, tail.split_once('}')?)))
    {
        // The walker has seen that it is a GUID or an action's name: nothing that a path could misread.
        let value = get(&body, name.as_bytes());
        path.push_str(before);
        path.push_str(core::str::from_utf8(value).unwrap_or_default().trim_matches('"'));
        rest = behind;
        if endpoint.identity == Identity::Proxy {
            // It is the payload's first field. The proxy's own methods have it in the path alone.
            let first = 2 + name.len() + 2 + value.len();
            let others = body.get(first..).unwrap_or_default();
            body = [b"{", others.strip_prefix(b",").unwrap_or(others)].concat();
        }
    }
    path.push_str(rest);
    if endpoint.method == loyalty_contract::endpoint::Method::Get {
        query(&mut Scan::new(Text::new(&body)), &mut Vec::new(), &mut path, '?');
        body.clear();
    }
    Request { path, body }
}

/// Writes an object as a query string: dotted keys for what it holds, repeated keys for lists. `before` stands before
/// the first pair; gives what stands before the next.
fn query(scan: &mut Scan<'_>, key: &mut Vec<u8>, out: &mut String, mut before: char) -> char {
    let byte = scan.next();
    let start = scan.at;
    if byte == b'{' || byte == b'[' {
        let mut inside = scan.open();
        while scan.more(&mut inside) {
            let length = key.len();
            if byte == b'{' {
                let name = scan.key();
                if length > 0 {
                    key.push(b'.');
                }
                key.extend(name);
            }
            before = query(scan, key, out, before);
            key.truncate(length);
        }
        return before;
    }
    scan.skip();
    if byte == b'n' {
        return before;
    }
    out.push(before);
    push_encoded(out, key);
    out.push('=');
    let token = scan.since(start);
    let text = token.strip_prefix(b"\"").and_then(|token| token.strip_suffix(b"\"")).unwrap_or(token);
    push_encoded(out, &unescape(text));
    '&'
}

fn push_encoded(out: &mut String, text: &[u8]) {
    for &byte in text {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(byte.into());
        } else {
            out.push_str(&alloc::format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loyalty_contract::Operation;
    use loyalty_contract::validate::{self, Strictness};
    use serde_json::{Value, json};

    const ID: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

    fn js(operation: Operation, args: &Value) -> Result<Request, Problem> {
        begin(operation as u32, args.to_string().as_bytes(), b"filled", Naming::Js)
    }

    #[test]
    fn requests() {
        for (operation, args, method, path, body) in [
            (
                Operation::GetAccount,
                json!([ID]),
                "GET",
                format!("/loyalty-accounts/v1/accounts/{ID}?id={ID}"),
                String::new(),
            ),
            (
                Operation::ListAccounts,
                json!([{"contactIds": [ID, ID], "cursorPaging": {"cursor": "x/y=\"ä\n", "limit": null}}]),
                "GET",
                format!(
                    "/loyalty-accounts/v1/accounts?contactIds={ID}&contactIds={ID}&cursorPaging.cursor=x%2Fy%3D%22%C3%A4%0A"
                ),
                String::new(),
            ),
            (
                Operation::EarnPoints,
                json!([ID, {"amount": 5, "appId": "a"}]),
                "POST",
                format!("/loyalty-accounts/v1/accounts/{ID}/earn-points"),
                format!(r#"{{"accountId":"{ID}","amount":5,"appId":"a","idempotencyKey":"filled"}}"#),
            ),
            (Operation::Earn, json!(["daily-visit"]), "POST", "/actions/daily-visit".into(), "{}".into()),
            (
                Operation::CountAccounts,
                json!([]),
                "POST",
                "/loyalty-accounts/v1/accounts/count".into(),
                "{}".into(),
            ),
        ] {
            let request = js(operation, &args).unwrap();
            assert_eq!((request.method(), request.path()), (method, path.as_str()));
            assert_eq!(std::str::from_utf8(request.body()).unwrap(), body);
        }
    }

    #[test]
    fn filters_are_judged_as_the_contract_judges_them() {
        for (operation, fields) in [
            (Operation::QueryLoyaltyAccounts, ["id", "points.balance", "createdDate", "tier.id", "nope"]),
            (
                Operation::QueryLoyaltyTransactions,
                ["transactionType", "description", "amount", "createdDate", "x"],
            ),
            (
                Operation::QueryLoyaltyCoupons,
                ["couponReference", "status", "rewardName", "updatedDate", "_id"],
            ),
        ] {
            for field in fields {
                for operator in [
                    "$eq",
                    "$ne",
                    "$lt",
                    "$lte",
                    "$gt",
                    "$gte",
                    "$in",
                    "$nin",
                    "$hasSome",
                    "$exists",
                    "$isEmpty",
                    "$startsWith",
                    "$contains",
                    "eq",
                ] {
                    for value in [
                        json!("a"),
                        json!(5),
                        json!("2024-02-29"),
                        json!(true),
                        json!(null),
                        json!({}),
                        json!([]),
                        json!(["a"]),
                        json!([5]),
                        json!(["2024-02-29", null]),
                        json!([[]]),
                    ] {
                        for filter in [
                            json!({field: {operator: value}}),
                            json!({field: value}),
                            json!({"$or": [{"$not": {field: {operator: value}}}]}),
                        ] {
                            let query = json!({ "filter": filter });
                            let expected = validate::request(
                                operation.endpoint(),
                                &json!({ "query": query }),
                                Strictness::Strict,
                            );
                            let args = json!([query]).to_string();
                            let judged = begin(operation as u32, args.as_bytes(), b"", Naming::Wire);
                            assert_eq!(judged.is_ok(), expected.is_empty(), "{filter} {expected:?}");
                            if let (Err(problem), Some(first)) = (judged, expected.first()) {
                                let found = problem.violations.iter();
                                let mut found = found.map(|one| (one.field.as_str(), one.rule.as_str()));
                                assert!(
                                    found.any(|one| one == (first.field.as_str(), first.rule.as_str())),
                                    "{filter}"
                                );
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn filters_are_bounded_in_depth_and_size() {
        let mut deep = json!({"id": ID});
        for _ in 0..9 {
            deep = json!({ "$not": deep });
        }
        let many: Vec<_> = (0..=500).map(|_| ID).collect();
        for filter in
            [deep, json!({"id": {"$in": many}}), json!({"$or": {}}), json!({"$and": []}), json!(["id"])]
        {
            let problem = js(Operation::QueryLoyaltyAccounts, &json!([{ "filter": filter }])).unwrap_err();
            assert_eq!(problem.code, ErrorCode::InvalidArgument, "{filter}");
        }
    }

    #[test]
    fn c06_text_that_nests_without_end_is_given_up() {
        for open in ["[", "{\"a\":", "[{\"a\":"] {
            let deep = open.repeat(200_000);
            for text in [format!("[\"a\",{{\"parameters\":{deep}"), deep.clone(), format!("[{deep}")] {
                let problem = begin(Operation::Earn as u32, text.as_bytes(), b"", Naming::Js).unwrap_err();
                assert_eq!(problem.code, ErrorCode::InvalidArgument);
            }
            for status in [200, 500] {
                let text = format!("{{\"details\":{deep}");
                super::super::finish(0, status, text.as_bytes(), Naming::Js).unwrap_err();
            }
        }
    }

    #[test]
    fn no_such_operation() {
        assert_eq!(begin(999, b"[]", b"", Naming::Js).unwrap_err().code, ErrorCode::Internal);
    }
}
