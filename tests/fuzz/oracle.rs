//! What must come of an input, found without the codec: serde_json reads, the contract's validator judges.

use loyalty_contract::endpoint::Arg;
use loyalty_contract::schema::{Record, Type};
use loyalty_contract::validate::{self, Strictness};
use loyalty_contract::{ENDPOINTS, Endpoint, ErrorCode, Timestamp, rename};
use loyalty_edge::Naming;
use loyalty_edge::core::{Problem, begin, finish};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};
use std::cell::Cell;
use std::fmt;

/// Arguments of a method (status 0), or an answer to it.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) operation: u32,
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Input {
    pub(crate) fn from_line(line: &str) -> Self {
        let line: Value = serde_json::from_str(line).unwrap();
        let endpoint = ENDPOINTS.iter().position(|endpoint| endpoint.name == line[0]);
        Self {
            operation: u32::try_from(endpoint.unwrap()).unwrap(),
            status: u16::try_from(line[1].as_u64().unwrap()).unwrap(),
            text: line[2].as_str().unwrap().to_owned(),
        }
    }

    pub(crate) fn to_line(&self) -> String {
        format!("{}\n", json!([ENDPOINTS[self.operation as usize].name, self.status, self.text]))
    }
}

thread_local! {
    /// Whether an object of the text has a key twice.
    static DOUBLE: Cell<bool> = const { Cell::new(false) };
}

/// A value that notices keys which come twice: there, JavaScript takes the last, and we refuse what either breaks.
struct Read(Value);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Read;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("JSON")
            }
            fn visit_unit<E>(self) -> Result<Read, E> {
                Ok(Read(Value::Null))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Read, E> {
                Ok(Read(value.into()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Read, E> {
                Ok(Read(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Read, E> {
                Ok(Read(value.into()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Read, E> {
                Ok(Read(value.into()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Read, E> {
                Ok(Read(value.into()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Read, A::Error> {
                let mut all = Vec::new();
                while let Some(Read(item)) = items.next_element()? {
                    all.push(item);
                }
                Ok(Read(all.into()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Read, A::Error> {
                let mut all = Map::new();
                while let Some((key, Read(value))) = members.next_entry::<String, Read>()? {
                    if all.insert(key, value).is_some() {
                        DOUBLE.set(true);
                    }
                }
                Ok(Read(all.into()))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// What an oracle can't say, and is not held against the codec.
struct Doubt {
    /// A key comes twice.
    double: bool,
    /// A number has more digits than a double holds, or one that serde_json calls too large.
    digits: bool,
    /// Text nests deeper than ours may.
    deep: bool,
    /// Half a surrogate pair: text for JavaScript, none for serde_json.
    half: bool,
}

fn read(text: &str) -> (Option<Value>, Doubt) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    DOUBLE.set(false);
    let value = serde_json::from_str::<Read>(text).ok().map(|Read(value)| value);
    let depth = text.bytes().fold((0_i32, 0), |(now, most), byte| {
        let now = now + i32::from(matches!(byte, b'{' | b'[')) - i32::from(matches!(byte, b'}' | b']'));
        (now, most.max(now))
    });
    let long = |run: &str| run.bytes().filter(u8::is_ascii_digit).count() > 15 && !run.contains('-');
    let numeric = |letter: char| !(letter.is_ascii_digit() || matches!(letter, '.' | 'e' | 'E' | '+'));
    let digits = text.split(numeric).any(|run| long(run) || run.contains(['e', 'E']) && run.len() > 3);
    let lower = text.to_ascii_lowercase();
    let doubt = Doubt { double: DOUBLE.get(), digits, deep: depth.1 > 60, half: lower.contains("\\ud") };
    (value, doubt)
}

/// Checks one input and says in a few words what became of it.
pub(crate) fn check(input: &Input) -> String {
    let endpoint = ENDPOINTS[input.operation as usize];
    match input.status {
        0 => request(input, endpoint),
        200 => answer(input, endpoint),
        _ => failure(input),
    }
}

fn words(problem: &Problem, name: &str) -> String {
    let first = problem.violations.first();
    let shape = first.map(|one| {
        let field: String = one.field.chars().filter(|letter| !letter.is_ascii_digit()).take(60).collect();
        format!("{field} {}", one.rule.as_str())
    });
    format!(
        "{name} {} {} {}",
        problem.code.as_str(),
        shape.unwrap_or_default(),
        problem.violations.len().min(3)
    )
}

fn answer(input: &Input, endpoint: &'static Endpoint) -> String {
    let (value, doubt) = read(&input.text);
    let wire = finish(input.operation, 200, input.text.as_bytes(), Naming::Wire);
    let js = finish(input.operation, 200, input.text.as_bytes(), Naming::Js);
    assert_eq!(wire.is_ok(), js.is_ok(), "{input:?}");
    let whole = Type::Record(endpoint.response);
    let expected = value.as_ref().is_some_and(|value| {
        validate::response(endpoint.response, value).is_empty() && pictures_fit(value, &whole)
    });
    let sure = !doubt.digits && !doubt.half;
    if wire.is_ok() && sure {
        assert!(expected, "accepted: {input:?}");
    }
    if expected && sure && !doubt.double && !doubt.deep {
        assert!(wire.is_ok(), "refused: {input:?} {:?}", wire.err());
    }
    let (wire, js, value) = match (wire, js, value) {
        (Ok(wire), Ok(js), Some(value)) => (wire, js, value),
        (Err(problem), ..) => return words(&problem, endpoint.name),
        _ => return "ok, unread".to_owned(),
    };
    if !sure || doubt.double {
        return "ok, unsure".to_owned();
    }
    let whole = endpoint.unwrap.map_or(&value, |field| &value[field]);
    assert_eq!(&serde_json::from_slice::<Value>(wire.json()).unwrap(), whole, "{input:?}");
    // With names of both sides in one object there is more than one right way.
    if !input.text.contains("_id") && !input.text.contains("Date\"") || !input.text.contains("\"_") {
        let renamed = renamed(&value, Some(&Type::Record(endpoint.response)));
        let whole = endpoint.unwrap.map_or(&renamed, |field| &renamed[rename::to_js(field)]);
        let js: Value = serde_json::from_slice(js.json()).unwrap();
        assert_eq!(&js, whole, "{input:?}");
    }
    format!("ok {} {}", endpoint.name, value.as_object().map_or(0, Map::len))
}

/// Whether pictures have what the shells make strings of; the contract's validator only asks for an object.
fn pictures_fit(value: &Value, ty: &Type) -> bool {
    match (value, ty) {
        (Value::Object(members), Type::Image) => members.iter().all(|(name, value)| match name.as_str() {
            "id" | "url" | "altText" | "filename" => value.is_string() || value.is_null(),
            "height" | "width" => {
                value.is_null()
                    || value.as_f64().is_some_and(|number| number.fract() == 0.0 && number.abs() < 9e15)
            }
            _ => true,
        }),
        (Value::Object(members), Type::Record(record)) => members
            .iter()
            .all(|(name, value)| record.field(name).is_none_or(|field| pictures_fit(value, &field.ty))),
        (Value::Object(members), Type::Map(inner)) => {
            members.values().all(|value| pictures_fit(value, inner))
        }
        (Value::Array(items), Type::List(inner)) => items.iter().all(|item| pictures_fit(item, inner)),
        _ => true,
    }
}

/// The answer as JavaScript has it: other names, dates as milliseconds.
fn renamed(value: &Value, ty: Option<&Type>) -> Value {
    match (value, ty) {
        (Value::Object(members), Some(Type::Record(record))) => fields(members, record),
        (Value::Object(members), ty) => {
            let inner = if let Some(Type::Map(inner)) = ty { Some(*inner) } else { None };
            let one =
                |(key, value): (&String, &Value)| (rename::to_js(key).to_owned(), renamed(value, inner));
            Value::Object(members.iter().map(one).collect())
        }
        (Value::Array(items), ty) => {
            let inner = if let Some(Type::List(inner)) = ty { Some(*inner) } else { None };
            items.iter().map(|item| renamed(item, inner)).collect::<Vec<_>>().into()
        }
        (Value::String(text), Some(Type::Date)) => {
            Timestamp::parse(text.as_bytes()).map_or(Value::Null, |moment| moment.0.into())
        }
        _ => value.clone(),
    }
}

fn fields(members: &Map<String, Value>, record: &Record) -> Value {
    let one = |(key, value): (&String, &Value)| {
        let ty = record.field(key).map(|field| &field.ty);
        (rename::to_js(key).to_owned(), renamed(value, ty))
    };
    Value::Object(members.iter().map(one).collect())
}

fn failure(input: &Input) -> String {
    let (value, doubt) = read(&input.text);
    let problem = finish(input.operation, input.status, input.text.as_bytes(), Naming::Js).unwrap_err();
    let body = value.unwrap_or_default();
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let named = if body.pointer("/details/validationError").is_some_and(Value::is_object) {
        Some("validationError")
    } else {
        text("/code").or_else(|| text("/upstreamCode")).or_else(|| text("/details/applicationError/code"))
    };
    if !doubt.half && !doubt.digits && !doubt.deep && !doubt.double {
        assert_eq!(problem.code, ErrorCode::classify(input.status, named), "{input:?}");
        if let Some(said) = body.get("retryable").and_then(Value::as_bool) {
            assert_eq!(problem.retryable, said, "{input:?}");
        }
        if let Some(id) = text("/requestId").filter(|id| *id != problem.code.as_str()) {
            assert_eq!(problem.request_id.as_deref(), Some(id), "{input:?}");
        }
    }
    words(&problem, if input.status < 500 { "failure" } else { "fault" })
}

/// The payload that arguments stand for; `None` where they can't be put into one.
fn payload(endpoint: &Endpoint, args: &Value) -> Option<Value> {
    let args = args.as_array()?;
    let mut payload = Map::new();
    for (at, arg) in endpoint.args.iter().enumerate() {
        let given = args.get(at).filter(|given| !given.is_null());
        match (arg, given) {
            (_, None) => {}
            (Arg::Field { wire, .. }, Some(given)) => {
                payload.insert((*wire).to_owned(), given.clone());
            }
            (Arg::Spread { .. }, Some(given)) => {
                for (key, value) in given.as_object()? {
                    let taken =
                        endpoint.args.iter().any(|arg| matches!(arg, Arg::Field { wire, .. } if wire == key));
                    if taken || payload.insert(key.clone(), value.clone()).is_some() {
                        return None;
                    }
                }
            }
        }
    }
    Some(payload.into())
}

fn request(input: &Input, endpoint: &'static Endpoint) -> String {
    let (value, doubt) = read(&input.text);
    let _ = begin(input.operation, input.text.as_bytes(), b"key", Naming::Js);
    let judged = begin(input.operation, input.text.as_bytes(), b"", Naming::Wire);
    let payload = value.as_ref().and_then(|args| payload(endpoint, args));
    let sure = !doubt.digits && !doubt.half && !doubt.double && !doubt.deep;
    if value.is_none() && sure {
        assert!(judged.is_err(), "accepted: {input:?}");
    }
    if let Some(payload) = payload.filter(|_| sure) {
        let paths = |field: &str| endpoint.sdk_path(field);
        let expected = validate::request(endpoint, &payload, Strictness::Strict);
        let mut expected: Vec<_> =
            expected.iter().map(|one| format!("{} {}", paths(&one.field), one.rule.as_str())).collect();
        let mut found: Vec<_> = judged
            .as_ref()
            .err()
            .map_or(&[][..], |problem| &problem.violations)
            .iter()
            .map(|one| format!("{} {}", one.field, one.rule.as_str()))
            .collect();
        assert_eq!(judged.is_ok(), expected.is_empty(), "{input:?} {expected:?} {found:?}");
        for list in [&mut expected, &mut found] {
            list.sort();
            list.dedup();
        }
        // Escapes in a key stand in our paths as their writer wrote them; a list of violations has an end; and of a
        // filter, the contract tells the first violation alone.
        let plain = |name: &String| !name.is_empty() && !name.contains(['.', '[']);
        let plain = payload.as_object().is_some_and(|members| members.keys().all(plain));
        if plain && !input.text.contains("\"[") && !input.text.contains('\\') && found.len() < 60 {
            if input.text.contains("filter") {
                assert!(expected.iter().all(|one| found.contains(one)), "{input:?} {expected:?} {found:?}");
            } else {
                assert_eq!(found, expected, "{input:?}");
            }
        }
        if let Ok(request) = &judged
            && request.method() == "POST"
        {
            let mut body: Value = serde_json::from_slice(request.body()).unwrap();
            let mut sent = payload;
            for object in [&mut body, &mut sent] {
                let members = object.as_object_mut().unwrap();
                members
                    .retain(|name, value| !value.is_null() && !endpoint.path_params().any(|one| one == name));
            }
            assert_eq!(body, sent, "{input:?}");
        }
    }
    match judged {
        Ok(_) => format!("ok {}", endpoint.name),
        Err(problem) => words(&problem, endpoint.name),
    }
}
