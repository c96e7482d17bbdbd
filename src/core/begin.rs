//! Arguments in, request out.

#[cfg(not(page))]
use super::problem::Problem;
use super::report::Report;
use crate::codec::scan::{Broken, Scan};
use crate::codec::schema::{Arg, Endpoint, Record};
use crate::codec::tags;
use crate::codec::text::{hex_digit, put, unescape};
use crate::codec::violation::Path;
use crate::codec::walk::{Role, Walker};
use crate::codec::{Bytes, Naming};
use core::ops::Range;

/// A request, ready to be sent.
#[derive(Debug)]
pub struct Request {
    /// The path below the proxy's URL with its query string, a line feed, and the body.
    text: Bytes,
    path: usize,
}

impl Request {
    /// `GET` or `POST`.
    #[must_use]
    pub fn method(&self) -> &'static str {
        if self.body().is_empty() { "GET" } else { "POST" }
    }

    /// The path below the proxy's URL, with the query string.
    #[must_use]
    pub fn path(&self) -> &str {
        self.text.get(..self.path).and_then(|path| core::str::from_utf8(path).ok()).unwrap_or_default()
    }

    /// The JSON of the body; empty for a GET.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.text.get(self.path + 1..).unwrap_or_default()
    }

    /// Path, line feed, body: what the JavaScript shell takes in one piece.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }
}

/// Checks the arguments of a call, a JSON array in the order of the function's, and makes the request of them.
/// `key` fills in a missing `idempotencyKey` where the method has one in its body; it must be of letters,
/// digits, `_` and `-`.
///
/// # Errors
/// `INVALID_ARGUMENT` with every violation.
#[cfg(not(page))]
pub fn begin(operation: u32, arguments: &[u8], key: &[u8], naming: Naming) -> Result<Request, Problem> {
    begin_or_report(operation, arguments, key, naming).map_err(|report| Problem::read(&report))
}

/// The same, with the problem as JSON.
pub(crate) fn begin_or_report(
    operation: u32,
    arguments: &[u8],
    key: &[u8],
    naming: Naming,
) -> Result<Request, Report> {
    let endpoint = Endpoint::numbered(operation).ok_or_else(Report::internal)?;
    let mut walker = Walker::new(arguments, naming, Role::Request(endpoint.fields));
    match walk(&mut walker, endpoint, key) {
        Ok(param) if walker.violations.is_empty() => Ok(compose(endpoint, &walker.out, param)),
        _ => Err(Report::refused(&walker.violations)),
    }
}

/// Reads the arguments and leaves the payload in the walker's output. Gives the range there of the first
/// argument, which is the path's parameter where the path has one.
fn walk(walker: &mut Walker<'_>, endpoint: Endpoint, key: &[u8]) -> Result<Range<usize>, Broken> {
    let request = endpoint.request;
    let taken = endpoint.args().filter(|arg| !arg.spread()).fold(0, |mask, arg| mask | bit(arg.place));
    let mut seen = 0;
    let mut items = walker.scan.items()?;
    let mut more = true;
    let mut param = 0..0;
    walker.out.push(b'{');
    for arg in endpoint.args() {
        more = more && walker.scan.item(&mut items)?;
        // A missing argument, `null` and `undefined` (`null` in JSON) are the same.
        if more && !walker.null() {
            let (bits, range) = argument(walker, request, arg, taken)?;
            seen |= bits;
            if arg.place == 0 && !arg.spread() {
                param = range;
            }
        }
    }
    if endpoint.effect == tags::BODY_KEY
        && let Some(field) = request.find(b"idempotencyKey")
        && seen & bit(field.place) == 0
        && !key.is_empty()
    {
        seen |= bit(field.place);
        push_name(&mut walker.out, field.name);
        walker.out.push(b'"');
        put(&mut walker.out, key);
        walker.out.push(b'"');
    }
    walker.out.push(b'}');
    walker.complete(request, seen, Some(endpoint.args()), &Path::Root)?;
    Ok(param)
}

fn bit(place: u8) -> u32 {
    1 << (place & 31)
}

/// Writes `"name":`, with a comma before it where something stands there.
fn push_name(out: &mut Bytes, name: &[u8]) {
    if out.len() > 1 {
        out.push(b',');
    }
    out.push(b'"');
    put(out, name);
    put(out, b"\":");
}

/// Reads one argument into the payload. Gives the places of the fields that it carries, and the range of its
/// text in the payload.
fn argument(
    walker: &mut Walker<'_>,
    request: Record,
    arg: Arg,
    taken: u32,
) -> Result<(u32, Range<usize>), Broken> {
    let path = Path::Member(&Path::Root, arg.name);
    if !arg.spread() {
        let Some(field) = request.field(arg.place) else { return Err(Broken) };
        push_name(&mut walker.out, field.name);
        walker.scan.space();
        walker.skip_copy();
        let start = walker.out.len();
        walker.value(field.ty, Some(&field), &path)?;
        walker.flush(walker.scan.at);
        return Ok((bit(arg.place), start..walker.out.len()));
    }
    if walker.scan.next() != b'{' {
        walker.wrong_type(&path)?;
        // None of its fields is missed any more.
        return Err(Broken);
    }
    let mut members = walker.scan.members()?;
    walker.scan.space();
    walker.skip_copy();
    if walker.out.len() > 1 && walker.scan.peek() != b'}' {
        walker.out.push(b',');
    }
    let seen = walker.members(request, &mut members, taken, &path)?;
    walker.flush(walker.scan.at - 1);
    Ok((seen, 0..0))
}

/// Puts the payload where the method wants it: in path and body, or in path and query string.
fn compose(endpoint: Endpoint, payload: &[u8], param: Range<usize>) -> Request {
    let mut text = Bytes::with_capacity(endpoint.path.len() + payload.len() + 64);
    let behind = param.end;
    for (at, part) in endpoint.path.split(|byte| matches!(byte, b'{' | b'}')).enumerate() {
        if at == 1 {
            // The walker has seen that it is a GUID or an action's name: nothing that a path could misread.
            let value = payload.get(param.start + 1..param.end - 1);
            put(&mut text, value.unwrap_or_default());
        } else {
            put(&mut text, part);
        }
    }
    if !endpoint.post {
        push_query(&mut text, payload);
    }
    let path = text.len();
    text.push(b'\n');
    if endpoint.own {
        text.push(b'{');
        let rest = payload.get(behind..).unwrap_or_default();
        put(&mut text, rest.strip_prefix(b",").unwrap_or(rest));
    } else if endpoint.post {
        put(&mut text, payload);
    }
    Request { text, path }
}

/// Writes an object as a query string: dotted keys for what it holds, repeated keys for lists.
fn push_query(out: &mut Bytes, object: &[u8]) {
    let start = out.len();
    // The walker wrote the object: it is whole.
    let _ = query(&mut Scan::new(object), &mut Bytes::new(), out, start);
}

fn query(scan: &mut Scan<'_>, key: &mut Bytes, out: &mut Bytes, start: usize) -> Result<(), Broken> {
    match scan.next() {
        b'n' => scan.literal(),
        b'{' => {
            let mut members = scan.members()?;
            while let Some(name) = scan.member(&mut members)? {
                let length = key.len();
                if length > 0 {
                    key.push(b'.');
                }
                key.extend_from_slice(name.bytes);
                query(scan, key, out, start)?;
                key.truncate(length);
            }
            Ok(())
        }
        b'[' => {
            let mut items = scan.items()?;
            while scan.item(&mut items)? {
                query(scan, key, out, start)?;
            }
            Ok(())
        }
        byte => {
            out.push(if out.len() == start { b'?' } else { b'&' });
            push_encoded(out, key);
            out.push(b'=');
            if byte == b'"' {
                let text = unescape(scan.string()?);
                push_encoded(out, &text);
            } else {
                let from = scan.at;
                scan.skip(0)?;
                push_encoded(out, scan.text.get(from..scan.at).unwrap_or_default());
            }
            Ok(())
        }
    }
}

fn push_encoded(out: &mut Bytes, text: &[u8]) {
    for &byte in text {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(byte);
        } else {
            put(out, &[b'%', hex_digit(byte >> 4), hex_digit(byte)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loyalty_contract::validate::{self, Strictness};
    use loyalty_contract::{ErrorCode, Operation};
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
