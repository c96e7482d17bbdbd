//! Arguments in, request out.

#[cfg(not(page))]
use super::problem::Problem;
use super::report::refuse;
use crate::codec::Bytes;
#[cfg(not(page))]
use crate::codec::Naming;
use crate::codec::scan::Scan;
#[cfg(not(page))]
use crate::codec::schema::Endpoint;
use crate::codec::tags;
use crate::codec::text::{hex_digit, put, put_quoted, unescape};
use crate::codec::violation::Rule;
use crate::codec::walk::Walker;
use core::ops::Range;
use loyalty_contract::ErrorCode;

/// A request, ready to be sent.
#[cfg(not(page))]
#[derive(Debug)]
pub struct Request {
    /// The path below the proxy's URL with its query string, a line feed, and the body.
    text: Bytes,
}

#[cfg(not(page))]
impl Request {
    fn cut(&self) -> (&[u8], &[u8]) {
        // A path has no line feed: what is not plain in it is encoded.
        let cut = self.text.iter().position(|byte| *byte == b'\n').unwrap_or(self.text.len());
        let (path, body) = self.text.split_at_checked(cut).unwrap_or_default();
        (path, body.get(1..).unwrap_or_default())
    }

    /// `GET` or `POST`.
    #[must_use]
    pub fn method(&self) -> &'static str {
        if self.body().is_empty() { "GET" } else { "POST" }
    }

    /// The path below the proxy's URL, with the query string.
    #[must_use]
    pub fn path(&self) -> &str {
        core::str::from_utf8(self.cut().0).unwrap_or_default()
    }

    /// The JSON of the body; empty for a GET.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.cut().1
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
    if !Endpoint::exists(operation) {
        return Err(Problem::internal());
    }
    let mut walker = Walker::new(arguments, naming, true, Endpoint::numbered(operation));
    if begin_with(&mut walker, key) {
        return Ok(Request { text: walker.out });
    }
    Err(Problem::read(&walker.out))
}

/// The same, with the request or the problem as the walker's output: path, line feed, body. Whether it is the
/// request.
pub(crate) fn begin_with(walker: &mut Walker<'_>, key: &[u8]) -> bool {
    let param = walk(walker, key);
    let fine = walker.scan.is_whole() && walker.violations.is_empty();
    if fine {
        compose(walker, param);
    } else {
        refuse(walker, ErrorCode::InvalidArgument);
    }
    fine
}

/// Reads the arguments and leaves the payload in the walker's output. Gives the range there of the first
/// argument, which is the path's parameter where the path has one.
fn walk(walker: &mut Walker<'_>, key: &[u8]) -> Range<usize> {
    let endpoint = walker.endpoint;
    let request = endpoint.request();
    let mut taken = 0;
    for arg in endpoint.args() {
        taken |= arg.bit;
    }
    let mut seen = 0;
    let mut param = 0..0;
    walker.out.push(b'{');
    if walker.scan.next() != b'[' {
        walker.scan.fail();
    }
    let mut items = walker.scan.open();
    let mut more = true;
    for arg in endpoint.args() {
        more = more && walker.scan.more(&mut items);
        // A missing argument, `null` and `undefined` (`null` in JSON) are the same.
        if !more || walker.null() {
            continue;
        }
        if arg.spread() {
            if walker.scan.next() != b'{' {
                walker.wrong(walker.scan.at, Rule::Type);
                // None of its fields is missed any more.
                walker.scan.fail();
                return param;
            }
            let mut inside = walker.scan.open();
            walker.skip_copy();
            if walker.out.len() > 1 && walker.scan.peek() != b'}' {
                walker.out.push(b',');
            }
            seen |= walker.members(request, &mut inside, taken);
            walker.flush(walker.scan.at.wrapping_sub(1));
        } else {
            let mut fields = request.fields();
            fields.seek_bit(arg.bit);
            let field = &fields.field;
            push_name(&mut walker.out, field.name);
            walker.skip_copy();
            let start = walker.out.len();
            walker.value(field.ty, field.flags);
            walker.flush(walker.scan.at);
            seen |= arg.bit;
            // The first field of a payload is what its path names.
            if arg.bit == 1 {
                param = start..walker.out.len();
            }
        }
    }
    // What follows the arguments that the function has is passed over, as JavaScript does.
    while more && walker.scan.more(&mut items) {
        walker.scan.skip();
    }
    if endpoint.effect() == tags::BODY_KEY && !key.is_empty() {
        let mut fields = request.fields();
        if fields.seek(request, b"idempotencyKey") && seen & fields.field.bit == 0 {
            seen |= fields.field.bit;
            push_name(&mut walker.out, fields.field.name);
            put_quoted(&mut walker.out, key);
        }
    }
    walker.out.push(b'}');
    walker.complete(request, seen, Some(endpoint.args()));
    param
}

/// Writes `"name":`, with a comma before it where something stands there.
#[inline(never)]
fn push_name(out: &mut Bytes, name: &[u8]) {
    if out.len() > 1 {
        out.push(b',');
    }
    put_quoted(out, name);
    out.push(b':');
}

/// Puts the payload where the method wants it: in path and body, or in path and query string.
fn compose(walker: &mut Walker<'_>, param: Range<usize>) {
    let endpoint = walker.endpoint;
    let payload = &walker.out;
    let mut text = Bytes::with_capacity(payload.len() + 128);
    // The walker has seen that it is a GUID or an action's name: nothing that a path could misread.
    let value = payload.get(param.start + 1..param.end.wrapping_sub(1)).unwrap_or_default();
    let mut named = false;
    for &byte in endpoint.path() {
        match byte {
            b'{' => {
                named = true;
                put(&mut text, value);
            }
            b'}' => named = false,
            _ if named => {}
            _ => text.push(byte),
        }
    }
    if !endpoint.post() {
        push_query(&mut text, payload);
    }
    text.push(b'\n');
    if endpoint.own() {
        text.push(b'{');
        let rest = payload.get(param.end..).unwrap_or_default();
        put(&mut text, rest.strip_prefix(b",").unwrap_or(rest));
    } else if endpoint.post() {
        put(&mut text, payload);
    }
    walker.out = text;
}

/// Writes an object as a query string: dotted keys for what it holds, repeated keys for lists.
fn push_query(out: &mut Bytes, object: &[u8]) {
    // The walker wrote the object: it is whole.
    query(&mut Scan::new(object), &mut Bytes::new(), out, b'?');
}

/// Writes a value. `before` stands before the first pair; gives what stands before the next.
fn query(scan: &mut Scan<'_>, key: &mut Bytes, out: &mut Bytes, mut before: u8) -> u8 {
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
                put(key, name);
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
    out.push(b'=');
    let token = scan.since(start);
    let text = token.strip_prefix(b"\"").and_then(|token| token.strip_suffix(b"\"")).unwrap_or(token);
    push_encoded(out, &unescape(text));
    b'&'
}

fn push_encoded(out: &mut Bytes, text: &[u8]) {
    for &byte in text {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(byte);
        } else {
            out.push(b'%');
            out.push(hex_digit(byte >> 4));
            out.push(hex_digit(byte));
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
