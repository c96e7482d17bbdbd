//! Paths and query strings: how a payload becomes a URL and a URL becomes a method and its payload.
//!
//! Only GUIDs and action names ever stand where a parameter does, so nothing needs percent-encoding there, and
//! a path with an escape in it is never one of ours.

use crate::endpoint::{ENDPOINTS, Endpoint, Identity};
use crate::guid::is_guid;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// What a method and a path lead to, in one of the tables.
#[derive(Debug)]
pub enum Route<R: 'static = Endpoint> {
    /// A method of the API, and the values of its path's parameters.
    Found {
        /// The row of the table.
        endpoint: &'static R,
        /// The parameters, by the name of their field.
        params: Vec<(&'static str, String)>,
    },
    /// The path exists with other methods.
    WrongMethod(Vec<&'static str>),
    /// The path has the shape of a method's, but what stands for this parameter is no id.
    BadId {
        /// The parameter.
        name: &'static str,
    },
    /// Nothing of ours.
    Unknown,
}

/// Whether the text can be the name of an action: 1 to 64 of `[a-z0-9-]`.
#[must_use]
pub fn is_action_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_param(endpoint: &Endpoint, text: &str) -> bool {
    if endpoint.identity == Identity::Proxy { is_action_name(text) } else { is_guid(text) }
}

/// A row of a table, as far as routes go.
trait Row {
    fn method(&self) -> &'static str;
    fn path(&self) -> &'static str;
    fn takes(&self, text: &str) -> bool;
}

impl Row for Endpoint {
    fn method(&self) -> &'static str {
        self.method.as_str()
    }
    fn path(&self) -> &'static str {
        self.path
    }
    fn takes(&self, text: &str) -> bool {
        is_param(self, text)
    }
}

#[cfg(feature = "typed")]
impl Row for crate::neighbours::Neighbour {
    fn method(&self) -> &'static str {
        self.verb.as_str()
    }
    fn path(&self) -> &'static str {
        self.path
    }
    fn takes(&self, text: &str) -> bool {
        is_guid(text)
    }
}

enum Match {
    No,
    Yes(Vec<(&'static str, String)>),
    BadId(&'static str),
}

fn match_path(row: &impl Row, path: &str) -> Match {
    let (mut ours, mut theirs) = (row.path().split('/'), path.split('/'));
    let mut params = Vec::new();
    let mut bad = None;
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => break,
            (Some(our), Some(their)) => match our.strip_prefix('{').and_then(|our| our.strip_suffix('}')) {
                Some(name) if row.takes(their) => params.push((name, their.to_owned())),
                Some(name) => bad = bad.or(Some(name)),
                None if our == their => {}
                None => return Match::No,
            },
            _ => return Match::No,
        }
    }
    bad.map_or(Match::Yes(params), Match::BadId)
}

/// Finds the method that a request line names. The path is taken as it came, without the query string: an
/// escape, a dot segment or a double slash makes it unknown or a bad id, never another path.
#[must_use]
pub fn route(method: &str, path: &str) -> Route {
    look_up(ENDPOINTS, method, path)
}

/// The same among the neighbours, which a proxy never asks.
#[cfg(feature = "typed")]
#[must_use]
pub fn neighbour(method: &str, path: &str) -> Route<crate::neighbours::Neighbour> {
    look_up(crate::neighbours::NEIGHBOURS, method, path)
}

fn look_up<R: Row>(rows: &[&'static R], method: &str, path: &str) -> Route<R> {
    let mut methods = Vec::new();
    let mut with_params = Vec::new();
    for endpoint in rows.iter().copied() {
        match match_path(endpoint, path) {
            Match::Yes(params) if endpoint.method() == method => {
                return Route::Found { endpoint, params };
            }
            Match::Yes(_) => methods.push(endpoint.method()),
            Match::BadId(name) => with_params.push((endpoint, name)),
            Match::No => {}
        }
    }
    if !methods.is_empty() {
        return Route::WrongMethod(methods);
    }
    match with_params.iter().find(|(endpoint, _)| endpoint.method() == method) {
        Some((_, name)) => Route::BadId { name },
        None if with_params.is_empty() => Route::Unknown,
        None => Route::WrongMethod(with_params.iter().map(|(endpoint, _)| endpoint.method()).collect()),
    }
}

/// Puts the values of the parameters into the path; `None` where one is missing or no id.
pub fn build<'a>(endpoint: &Endpoint, param: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let mut path = String::with_capacity(endpoint.path.len() + 36);
    for segment in endpoint.path.split('/').skip(1) {
        path.push('/');
        match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => path.push_str(param(name).filter(|value| is_param(endpoint, value))?),
            None => path.push_str(segment),
        }
    }
    Some(path)
}

#[cfg(feature = "typed")]
pub use query::{parse_query, query_string};

#[cfg(feature = "typed")]
mod query {
    use crate::schema::{Record, Type};
    use crate::validate::{ViolatedRule, Violation};
    use serde_json::{Map, Value};

    /// Writes a payload as a query string, without the `?`: the record's fields in order, nested objects by
    /// dotted keys, arrays by repeating the key, absent and `null` fields left out.
    #[must_use]
    pub fn query_string(record: &Record, payload: &Value) -> String {
        let mut out = String::new();
        write_record(record, payload, "", &mut out);
        out
    }

    fn write_record(record: &Record, payload: &Value, prefix: &str, out: &mut String) {
        for field in record.fields {
            let Some(value) = payload.get(field.name) else { continue };
            write_value(field.ty, value, &format!("{prefix}{}", field.name), out);
        }
    }

    fn write_value(ty: Type, value: &Value, key: &str, out: &mut String) {
        match (ty, value) {
            (_, Value::Null) => {}
            (Type::Record(record), value) => write_record(record, value, &format!("{key}."), out),
            (Type::List(item), Value::Array(items)) => {
                for value in items {
                    write_value(*item, value, key, out);
                }
            }
            (_, Value::String(text)) => write_pair(key, text, out),
            (_, value) => write_pair(key, &value.to_string(), out),
        }
    }

    fn write_pair(key: &str, value: &str, out: &mut String) {
        if !out.is_empty() {
            out.push('&');
        }
        encode(key, out);
        out.push('=');
        encode(value, out);
    }

    fn encode(text: &str, out: &mut String) {
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
    }

    fn decode(text: &str) -> Option<String> {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
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

    /// Reads a query string, without the `?`, into a payload with the types of the record. Fields that the
    /// record does not have come out as text, so that the validator can name them.
    ///
    /// # Errors
    /// A broken escape, or one field given twice.
    pub fn parse_query(record: &'static Record, query: &str) -> Result<Value, Violation> {
        let mut payload = Map::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, text) = pair.split_once('=').unwrap_or((pair, ""));
            let (Some(key), Some(text)) = (decode(key), decode(text)) else {
                return Err(Violation::new(key, ViolatedRule::Format, "is not percent-encoded UTF-8"));
            };
            insert(&mut payload, Type::Record(record), &key, &key, text)?;
        }
        Ok(Value::Object(payload))
    }

    fn insert(
        payload: &mut Map<String, Value>,
        ty: Type,
        whole: &str,
        key: &str,
        text: String,
    ) -> Result<(), Violation> {
        let twice = || Violation::new(whole, ViolatedRule::Type, "is given twice");
        let field = |name: &str| match ty {
            Type::Record(record) => record.field(name).map(|field| field.ty),
            _ => None,
        };
        if let Some((head, tail)) = key.split_once('.')
            && let Some(inner @ Type::Record(_)) = field(head)
        {
            let entry = payload.entry(head).or_insert_with(|| Value::Object(Map::new()));
            return match entry {
                Value::Object(object) => insert(object, inner, whole, tail, text),
                _ => Err(twice()),
            };
        }
        match field(key) {
            Some(Type::List(item)) => {
                let entry = payload.entry(key).or_insert_with(|| Value::Array(Vec::new()));
                match entry {
                    Value::Array(items) => items.push(typed(*item, text)),
                    _ => return Err(twice()),
                }
            }
            ty => {
                let value = typed(ty.unwrap_or(Type::Str), text);
                if payload.insert(key.to_owned(), value).is_some() {
                    return Err(twice());
                }
            }
        }
        Ok(())
    }

    fn typed(ty: Type, text: String) -> Value {
        match ty {
            Type::Int | Type::Float => match text.parse::<i64>() {
                Ok(number) => Value::from(number),
                Err(_) => text
                    .parse::<f64>()
                    .ok()
                    .filter(|number| number.is_finite())
                    .map_or(Value::String(text), Value::from),
            },
            Type::Bool if text == "true" => Value::Bool(true),
            Type::Bool if text == "false" => Value::Bool(false),
            _ => Value::String(text),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::Operation;
        use serde_json::json;

        #[test]
        fn there_and_back() {
            let record = Operation::ListAccounts.endpoint().request;
            let payload = json!({
                "contactIds": ["a", "b&c"],
                "cursorPaging": {"limit": 5, "cursor": "x/y=ä"},
            });
            let text = query_string(record, &payload);
            assert_eq!(
                text,
                "contactIds=a&contactIds=b%26c&cursorPaging.limit=5&cursorPaging.cursor=x%2Fy%3D%C3%A4"
            );
            assert_eq!(parse_query(record, &text).unwrap(), payload);
        }

        #[test]
        fn bad_queries_are_named() {
            let record = Operation::ListAccounts.endpoint().request;
            for (query, field) in [
                ("cursorPaging.limit=1&cursorPaging.limit=2", "cursorPaging.limit"),
                ("x=%zz", "x"),
                ("x=%ff", "x"),
                ("x=%2", "x"),
            ] {
                assert_eq!(parse_query(record, query).unwrap_err().field, field, "{query}");
            }
            assert_eq!(parse_query(record, "nope=1&a.b=2").unwrap(), json!({"nope": "1", "a.b": "2"}));
            assert_eq!(
                parse_query(record, "cursorPaging=1&cursorPaging.limit=1").unwrap_err().field,
                "cursorPaging.limit"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Operation;

    const ID: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

    #[test]
    fn every_endpoint_is_reached_by_its_own_path() {
        for endpoint in ENDPOINTS {
            let param = if endpoint.identity == Identity::Proxy { "write-review" } else { ID };
            let path = build(endpoint, |_| Some(param)).unwrap();
            match route(endpoint.method.as_str(), &path) {
                Route::Found { endpoint: found, params } => {
                    assert_eq!(found.operation, endpoint.operation);
                    assert_eq!(params.len(), endpoint.path_params().count());
                }
                other => panic!("{} {path}: {other:?}", endpoint.name),
            }
        }
    }

    #[test]
    fn p20_tricks_in_a_path_lead_nowhere() {
        let base = "/loyalty-accounts/v1/accounts";
        for id in [
            "..%2fprogram",
            "%2e%2e",
            "..",
            ".",
            "@host",
            "a\r\nb",
            "553c79f3-5625-4f38-b14b-ef7c0d1e87d%66",
            "",
        ] {
            assert!(matches!(route("GET", &format!("{base}/{id}")), Route::BadId { name: "id" }), "{id}");
        }
        for path in [
            format!("/{base}/{ID}"),
            format!("{base}/{ID}/"),
            format!("{base}/../accounts/{ID}"),
            "//host".into(),
            String::new(),
        ] {
            assert!(!matches!(route("GET", &path), Route::Found { .. }), "{path}");
        }
        assert!(matches!(route("POST", "/actions/Write Review"), Route::BadId { name: "action" }));
        assert!(build(Operation::GetAccount.endpoint(), |_| Some("../x")).is_none());
    }

    #[test]
    fn neighbours_are_found_in_their_own_table_only() {
        for row in crate::neighbours::NEIGHBOURS {
            let path: Vec<_> =
                row.path.split('/').map(|part| if part.starts_with('{') { ID } else { part }).collect();
            let path = path.join("/");
            let verb = row.verb.as_str();
            assert!(
                matches!(neighbour(verb, &path), Route::Found { endpoint, .. } if endpoint.name == row.name)
            );
            assert!(
                !matches!(route(verb, &path), Route::Found { .. }),
                "{verb} {path} is forwarded by proxies"
            );
        }
        assert!(matches!(
            neighbour("DELETE", "/loyalty-tiers/v1/tiers/program"),
            Route::BadId { name: "tierId" }
        ));
    }

    #[test]
    fn wrong_methods() {
        assert!(
            matches!(route("DELETE", "/loyalty-programs/v1/program"), Route::WrongMethod(methods) if methods == ["GET"])
        );
        assert!(
            matches!(route("GET", "/loyalty-accounts/v1/accounts/query"), Route::WrongMethod(methods) if methods == ["POST"])
        );
        assert!(matches!(route("GET", "/nothing"), Route::Unknown));
    }
}
