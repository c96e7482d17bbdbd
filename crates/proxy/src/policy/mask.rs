//! Field masks: which fields of a request a role may send, and which of an answer it sees (P6).

use loyalty_contract::schema::{Record, Type};
use loyalty_contract::{Endpoint, Operation};
use serde_json::{Map, Value};

/// What a role's mask for an operation says. Paths are dotted wire names; a path stands for all that is below it,
/// and lists are passed through: `loyaltyAccounts.contact.email`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mask {
    /// The only fields of the request.
    pub send: Option<Vec<String>>,
    /// What is left of the answer.
    pub answer: Option<AnswerMask>,
}

/// Which fields of an answer are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerMask {
    /// All but these, and those that every answer has.
    See(Vec<String>),
    /// These.
    Hide(Vec<String>),
}

impl Mask {
    /// The paths of a checked payload that the role may not send.
    #[must_use]
    pub fn refused(&self, endpoint: &'static Endpoint, payload: &Value) -> Vec<String> {
        let mut refused = Vec::new();
        if let (Some(allowed), Value::Object(map)) = (&self.send, payload) {
            let in_path = |name: &str| endpoint.path.contains(&format!("{{{name}}}"));
            unsendable(map, "", allowed, &in_path, &mut refused);
        }
        refused.extend(self.asked_by_hidden(endpoint, payload));
        refused
    }

    /// What is filtered, sorted or searched by can be found out without being seen.
    fn asked_by_hidden(&self, endpoint: &'static Endpoint, payload: &Value) -> Vec<String> {
        if self.answer.is_none() {
            return Vec::new();
        }
        let Some(list) = listed(endpoint) else { return Vec::new() };
        let mut named = Vec::new();
        for (at, part) in [("query", payload.get("query")), ("search", payload.get("search"))] {
            let Some(part) = part else { continue };
            if let Some(filter) = part.get("filter") {
                filtered(filter, &format!("{at}.filter"), &mut named);
            }
            for (index, sort) in array(part.get("sort")).iter().enumerate() {
                named.push((format!("{at}.sort[{index}].fieldName"), text(sort, "fieldName")));
            }
            for (index, aggregation) in array(part.get("aggregations")).iter().enumerate() {
                aggregated(aggregation, &format!("{at}.aggregations[{index}]"), &mut named);
            }
            if let Some(words) = part.get("search").filter(|words| !words.is_null()) {
                let fields = array(words.get("fields"));
                for (index, field) in fields.iter().enumerate() {
                    let field = field.as_str().unwrap_or_default().to_owned();
                    named.push((format!("{at}.search.fields[{index}]"), field));
                }
                if fields.is_empty() {
                    let all = endpoint.searchable.iter();
                    named.extend(all.map(|field| (format!("{at}.search"), (*field).to_owned())));
                }
            }
        }
        let hidden = |field: &str| {
            let path = format!("{list}.{field}");
            self.is_hidden(&path) && !is_in_every(endpoint.response, &path)
        };
        named.into_iter().filter(|(_, field)| hidden(field)).map(|(path, _)| path).collect()
    }

    /// Whether the mask takes a path out of the answer.
    #[must_use]
    pub fn is_hidden(&self, path: &str) -> bool {
        match &self.answer {
            None => false,
            Some(AnswerMask::Hide(paths)) => paths.iter().any(|hidden| covers(hidden, path)),
            Some(AnswerMask::See(paths)) => {
                !paths.iter().any(|seen| covers(seen, path) || covers(path, seen))
            }
        }
    }

    /// The answer as the role sees it.
    #[must_use]
    pub fn masked(&self, record: &'static Record, value: Value) -> Value {
        match self.answer {
            None => value,
            Some(_) => self.record(record, value, ""),
        }
    }

    fn record(&self, record: &'static Record, value: Value, path: &str) -> Value {
        let Value::Object(map) = value else { return value };
        let kept = map.into_iter().filter_map(|(name, value)| {
            let path = join(path, &name);
            let field = record.field(&name);
            let must = field.is_some_and(|field| field.required);
            if !must && self.is_hidden(&path) {
                return None;
            }
            let value = match field {
                Some(field) => self.by_type(field.ty, value, &path),
                // What the contract doesn't know can't be named by a `see`.
                None if matches!(self.answer, Some(AnswerMask::See(_))) => return None,
                None => value,
            };
            Some((name, value))
        });
        Value::Object(kept.collect::<Map<_, _>>())
    }

    fn by_type(&self, ty: Type, value: Value, path: &str) -> Value {
        match (ty, value) {
            (Type::Record(record), value) => self.record(record, value, path),
            (Type::List(item), Value::Array(items)) => {
                items.into_iter().map(|value| self.by_type(*item, value, path)).collect()
            }
            (Type::Map(item), Value::Object(map)) => {
                map.into_iter().map(|(key, value)| (key, self.by_type(*item, value, path))).collect()
            }
            (_, value) => value,
        }
    }
}

fn array(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Whether `path` is `root` or below it.
fn covers(root: &str, path: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn unsendable(
    map: &Map<String, Value>,
    path: &str,
    allowed: &[String],
    in_path: &dyn Fn(&str) -> bool,
    refused: &mut Vec<String>,
) {
    for (name, value) in map {
        let whole = join(path, name);
        if (path.is_empty() && in_path(name)) || allowed.iter().any(|root| covers(root, &whole)) {
            continue;
        }
        match value {
            Value::Object(inner) if allowed.iter().any(|root| covers(&whole, root)) => {
                unsendable(inner, &whole, allowed, in_path, refused);
            }
            Value::Null => {}
            _ => refused.push(whole),
        }
    }
}

/// The fields that a filter names, wherever they stand in it.
fn filtered(filter: &Value, path: &str, named: &mut Vec<(String, String)>) {
    match filter {
        Value::Object(map) => {
            for (key, value) in map {
                if key.starts_with('$') {
                    filtered(value, path, named);
                } else {
                    named.push((format!("{path}.{key}"), key.clone()));
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| filtered(item, path, named)),
        _ => {}
    }
}

fn aggregated(aggregation: &Value, path: &str, named: &mut Vec<(String, String)>) {
    named.push((format!("{path}.fieldPath"), text(aggregation, "fieldPath")));
    let nested = aggregation.pointer("/nested/nestedAggregations");
    for (index, inner) in array(nested).iter().enumerate() {
        aggregated(inner, &format!("{path}.nested.nestedAggregations[{index}]"), named);
    }
}

/// The list of entities in an answer, of the methods that are asked by a query.
fn listed(endpoint: &'static Endpoint) -> Option<&'static str> {
    if endpoint.fields.is_empty() || endpoint.operation == Operation::CountAccounts {
        return None;
    }
    endpoint.response.fields.iter().find(|field| matches!(field.ty, Type::List(_))).map(|field| field.name)
}

/// Whether every answer holds what the path names: no mask takes it away.
fn is_in_every(record: &'static Record, path: &str) -> bool {
    let ends = path.char_indices().filter(|(_, letter)| *letter == '.').map(|(at, _)| at);
    ends.chain([path.len()]).all(|end| path.get(..end).is_some_and(|part| resolve(record, part) == Ok(true)))
}

/// Where a path leads in a record. `Err` names the first part that leads nowhere.
pub(super) fn resolve<'a>(record: &'static Record, path: &'a str) -> Result<bool, &'a str> {
    let mut ty = Type::Record(record);
    let mut required = true;
    for part in path.split('.') {
        while let Type::List(item) | Type::Map(item) = ty {
            ty = *item;
        }
        let Type::Record(record) = ty else { return Err(part) };
        let field = record.field(part).ok_or(part)?;
        required = field.required;
        ty = field.ty;
    }
    Ok(required)
}
