//! From a request line to the method that it names, and from a request to that method's payload.

use loyalty_contract::ENDPOINTS;
use loyalty_contract::endpoint::{Endpoint, Identity, Method};
use loyalty_contract::neighbours::{NEIGHBOURS, Neighbour};
use loyalty_contract::path::{self, Route};
use loyalty_contract::schema::Record;
use loyalty_contract::validate::{ViolatedRule, Violation};
use serde_json::{Map, Value};

use crate::error::Failure;
use crate::http::Request;

/// What a request line names, in either table.
#[derive(Debug)]
pub(crate) enum Called {
    /// A method of the API.
    Method(&'static Endpoint),
    /// A neighbour of it.
    Neighbour(&'static Neighbour),
}

impl Called {
    /// Its name.
    #[must_use]
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Method(endpoint) => endpoint.name,
            Self::Neighbour(neighbour) => neighbour.name,
        }
    }

    fn request(&self) -> &'static Record {
        match self {
            Self::Method(endpoint) => endpoint.request,
            Self::Neighbour(neighbour) => neighbour.request,
        }
    }

    fn has_body(&self) -> bool {
        match self {
            Self::Method(endpoint) => endpoint.method == Method::Post,
            Self::Neighbour(neighbour) => neighbour.verb.has_body(),
        }
    }
}

/// A method that was found, and the parameters of its path.
#[derive(Debug)]
pub(crate) struct Target {
    /// The method.
    pub method: Called,
    /// Name and value of each parameter.
    pub params: Vec<(&'static str, String)>,
}

/// Finds the method. The neighbours come first: `program-settings` is theirs, and no tier's id.
///
/// # Errors
/// Nothing at this path, or nothing by this HTTP method, or an id in the path that is none.
pub(crate) fn find(method: &str, path: &str) -> Result<Target, Failure> {
    let neighbour = path::neighbour(method, path);
    if let Route::Found { endpoint, params } = neighbour {
        return Ok(Target { method: Called::Neighbour(endpoint), params });
    }
    // A path without parameters is that path, and not a bad id in the place of one.
    let exact: Vec<&str> = rows().filter(|(_, own)| *own == path).map(|(method, _)| method).collect();
    if !exact.is_empty() && !exact.contains(&method) {
        return Err(Failure::wrong_method(&exact));
    }
    // The proxy's own routes are in the same table, but upstream has never heard of them.
    let own = match path::route(method, path) {
        Route::Found { endpoint, .. } if endpoint.identity == Identity::Proxy => Route::Unknown,
        _ if path.starts_with("/actions/") => Route::Unknown,
        own => own,
    };
    let bad_id = |name| Failure::from(Violation::new(name, ViolatedRule::Format, "must be a GUID"));
    match (own, neighbour) {
        (Route::Found { endpoint, params }, _) => Ok(Target { method: Called::Method(endpoint), params }),
        (Route::WrongMethod(mut methods), Route::WrongMethod(more)) => {
            methods.extend(more);
            methods.sort_unstable();
            methods.dedup();
            Err(Failure::wrong_method(&methods))
        }
        (Route::BadId { name }, _) | (_, Route::BadId { name }) => Err(bad_id(name)),
        (Route::WrongMethod(methods), _) | (_, Route::WrongMethod(methods)) => {
            Err(Failure::wrong_method(&methods))
        }
        (Route::Unknown, _) => Err(Failure::not_found("The sandbox has nothing at this path.")),
    }
}

/// Method and path of every row that upstream has, too.
fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    let methods = ENDPOINTS.iter().filter(|row| row.identity != Identity::Proxy);
    let neighbours = NEIGHBOURS.iter().map(|row| (row.verb.as_str(), row.path));
    methods.map(|row| (row.method.as_str(), row.path)).chain(neighbours)
}

/// The whole payload: body or query string, and the parameters of the path. The official client sends those
/// twice; they must agree, or one of the two would be ignored in silence.
///
/// # Errors
/// A body that is no JSON object, or a parameter that says something else than the body.
pub(crate) fn payload(
    method: &Called,
    params: &[(&'static str, String)],
    request: &Request,
) -> Result<Value, Failure> {
    let mut fields = if !method.has_body() {
        match path::parse_query(method.request(), request.query())? {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    } else if request.body.trim().is_empty() {
        Map::new()
    } else {
        serde_json::from_str(&request.body)
            .map_err(|error| Failure::invalid_argument(format!("The body is no JSON object: {error}.")))?
    };
    for (name, value) in params {
        put(&mut fields, name, name, value)?;
    }
    Ok(Value::Object(fields))
}

/// Puts a parameter where it belongs: `tier.id` into the `tier`.
fn put(fields: &mut Map<String, Value>, whole: &str, name: &str, value: &str) -> Result<(), Failure> {
    if let Some((head, tail)) = name.split_once('.') {
        return match fields.entry(head).or_insert_with(|| Value::Object(Map::new())) {
            Value::Object(inner) => put(inner, whole, tail, value),
            _ => Err(Violation::new(head, ViolatedRule::Type, "must be an object").into()),
        };
    }
    match fields.get(name) {
        Some(Value::String(again)) if !again.eq_ignore_ascii_case(value) => {
            return Err(Violation::new(whole, ViolatedRule::Format, "is not the one in the path").into());
        }
        Some(Value::String(_) | Value::Null) | None => {}
        Some(_) => return Err(Violation::new(whole, ViolatedRule::Type, "must be a string").into()),
    }
    fields.insert(name.to_owned(), Value::from(value));
    Ok(())
}
