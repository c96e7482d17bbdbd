//! L6: every limit of every method that the sandbox offers, at min − 1, min, max and max + 1. The limits are found by
//! walking the contract's records, so a new field is tested by being there.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use loyalty_contract::endpoint::{ENDPOINTS, Endpoint, Method};
use loyalty_contract::neighbours::{NEIGHBOURS, Neighbour};
use loyalty_contract::path;
use loyalty_contract::schema::{Field, Limit, Record, Type};
use loyalty_sandbox::Request;
use serde_json::{Map, Value, json};
use support::{Service, read, violations};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// A step from a payload to a value within it.
#[derive(Debug, Clone, Copy)]
enum Hop {
    Field(&'static str),
    First,
}

/// A method of the API or a neighbour of it: what the two tables have in common.
#[derive(Debug, Clone, Copy)]
struct Call {
    name: &'static str,
    verb: &'static str,
    has_body: bool,
    path: &'static str,
    request: &'static Record,
}

impl Call {
    const fn endpoint(endpoint: &'static Endpoint) -> Self {
        let (verb, has_body) = match endpoint.method {
            Method::Get => ("GET", false),
            Method::Post => ("POST", true),
        };
        Self { name: endpoint.name, verb, has_body, path: endpoint.path, request: endpoint.request }
    }

    const fn neighbour(neighbour: &'static Neighbour) -> Self {
        let Neighbour { name, verb, path, request, .. } = *neighbour;
        Self { name, verb: verb.as_str(), has_body: verb.has_body(), path, request }
    }

    /// The request with this payload. Ids in the path are those of the payload, or nobody's.
    fn request(&self, payload: &Value) -> Request {
        let mut at = String::new();
        for (number, piece) in self.path.split(['{', '}']).enumerate() {
            if number % 2 == 0 {
                at.push_str(piece);
            } else {
                let pointer = format!("/{}", piece.replace('.', "/"));
                at.push_str(payload.pointer(&pointer).and_then(Value::as_str).unwrap_or(NOBODY));
            }
        }
        if self.has_body {
            return Request::new(self.verb, &at).json(payload);
        }
        Request::new(self.verb, &format!("{at}?{}", path::query_string(self.request, payload)))
    }
}

/// What a limit is about.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Measure {
    /// A number.
    Number,
    /// The length of a text or a list.
    Length,
    /// A decimal number, in hundredths.
    Hundredths,
    /// Money in a text, in hundredths.
    Money,
}

/// The most that money in a text can be, in hundredths: twelve digits in front of the point.
const MOST_MONEY: i64 = 99_999_999_999_999;

/// A place in a method's payload whose values have a least and a greatest.
#[derive(Debug)]
struct Place {
    call: Call,
    hops: Vec<Hop>,
    field: &'static Field,
    least: i64,
    most: i64,
    measure: Measure,
}

fn walk(call: Call, record: &'static Record, above: &[Hop], places: &mut Vec<Place>) {
    for field in record.fields {
        let mut hops = above.to_vec();
        hops.push(Hop::Field(field.name));
        for limit in field.limits {
            let (least, most, measure) = match *limit {
                Limit::Range(least, most) => (least, most, Measure::Number),
                Limit::Len(least, most) => (i64::from(least), i64::from(most), Measure::Length),
                Limit::MinHundredths(least) => (least, i64::MAX, Measure::Hundredths),
                Limit::Money => (1, MOST_MONEY, Measure::Money),
                _ => continue,
            };
            places.push(Place { call, hops: hops.clone(), field, least, most, measure });
        }
        match field.ty {
            Type::Record(inner) => walk(call, inner, &hops, places),
            Type::List(&Type::Record(inner)) => {
                hops.push(Hop::First);
                walk(call, inner, &hops, places);
            }
            _ => {}
        }
    }
}

/// The least that a record needs: its required fields, and one of those of which one is required.
fn payload(record: &'static Record) -> Value {
    let mut fields: Map<String, Value> = record
        .fields
        .iter()
        .filter(|field| field.required)
        .map(|field| (field.name.to_owned(), sample(field)))
        .collect();
    for rule in record.rules {
        use loyalty_contract::schema::Rule::{AtLeastOne, ExactlyOne};
        if let AtLeastOne(names) | ExactlyOne(names) = rule {
            let first = record.field(names[0]).unwrap();
            fields.insert(first.name.to_owned(), sample(first));
        }
    }
    Value::Object(fields)
}

fn sample(field: &Field) -> Value {
    match field.ty {
        Type::Guid => json!(NOBODY),
        Type::Int | Type::Float => json!(5),
        Type::Int64 => json!("5"),
        Type::Record(record) => payload(record),
        Type::List(_) => json!([]),
        Type::Filter => json!({}),
        Type::Enum(names) => json!(names.values[0]),
        _ if field.limits.contains(&Limit::FieldName) => json!("id"),
        _ => json!("x"),
    }
}

/// Items that are right by themselves, as far as the walk knows.
fn items(field: &'static Field, length: usize) -> Value {
    let Type::List(item) = field.ty else { return Value::Null };
    let one = match item {
        Type::Record(record) => payload(record),
        Type::Guid => json!(NOBODY),
        _ => json!("contact.name"),
    };
    vec![one; length].into()
}

impl Place {
    fn wire(&self) -> String {
        let mut wire = String::new();
        for hop in &self.hops {
            match hop {
                Hop::Field(name) if wire.is_empty() => wire.push_str(name),
                Hop::Field(name) => wire = format!("{wire}.{name}"),
                Hop::First => wire.push_str("[0]"),
            }
        }
        wire
    }

    fn value(&self, number: i64) -> Option<Value> {
        let length = usize::try_from(number);
        Some(match (self.measure, self.field.ty) {
            (Measure::Length, Type::List(_)) => items(self.field, length.ok()?),
            (Measure::Length, _) => json!("x".repeat(length.ok()?)),
            (Measure::Hundredths, _) => json!(number as f64 / 100.0),
            (Measure::Money, _) => json!(format!("{}.{:02}", number / 100, number % 100)),
            (Measure::Number, Type::Int64) => json!(number.to_string()),
            (Measure::Number, _) => json!(number),
        })
    }

    /// The rules that a value below the least and one above the most break.
    fn rules(&self) -> (&'static str, &'static str) {
        match self.measure {
            Measure::Length => ("MIN_LENGTH", "MAX_LENGTH"),
            // A text that is no such amount is none at all.
            Measure::Money => ("FORMAT", "FORMAT"),
            Measure::Number | Measure::Hundredths => ("MIN", "MAX"),
        }
    }

    /// The method's payload with the value at this place.
    fn payload(&self, value: Value) -> Value {
        let mut payload = payload(self.call.request);
        let mut target = &mut payload;
        for hop in &self.hops {
            target = match hop {
                Hop::Field(name) => {
                    if !target.is_object() {
                        *target = json!({});
                    }
                    &mut target[*name]
                }
                Hop::First => {
                    if !target.is_array() || target.as_array().unwrap().is_empty() {
                        *target = json!([{}]);
                    }
                    &mut target[0]
                }
            };
        }
        *target = value;
        payload
    }

    /// What the sandbox says of this place: the rules that the value breaks there.
    fn verdict(&self, service: &mut Service, value: &Value) -> Vec<String> {
        let request = service.as_app(self.call.request(&self.payload(value.clone())));
        let (status, answer) = read(&service.send(&request));
        assert!(status < 500, "{} {status} {answer}", self.call.name);
        let wire = self.wire();
        let here = violations(&answer).into_iter().filter(|(field, _)| *field == wire);
        // A cursor of the right length is still no cursor.
        let ours = if self.measure == Measure::Money { &["FORMAT"][..] } else { &RULES };
        here.map(|(_, rule)| rule).filter(|rule| ours.contains(&rule.as_str())).collect()
    }
}

/// The rules that limits are about.
const RULES: [&str; 4] = ["MIN", "MAX", "MIN_LENGTH", "MAX_LENGTH"];

#[test]
fn l06_every_limit_of_every_method_at_both_of_its_ends() {
    let mut service = Service::new(r#"{"accounts": 2}"#);
    let mut places = Vec::new();
    // Named earns are the proxy's own; all others are upstream's.
    let endpoints = ENDPOINTS.iter().filter(|endpoint| !endpoint.path.starts_with("/actions/"));
    let calls = endpoints.map(|endpoint| Call::endpoint(endpoint));
    let calls: Vec<Call> =
        calls.chain(NEIGHBOURS.iter().map(|neighbour| Call::neighbour(neighbour))).collect();
    assert_eq!(calls.len(), 25 + 19, "methods");
    for call in calls {
        let (status, answer) = read(&service.send(&service.as_app(call.request(&payload(call.request)))));
        assert!(status < 500 && status != 405, "{} is offered: {status} {answer}", call.name);
        walk(call, call.request, &[], &mut places);
    }
    let mut checks = 0;
    for place in &places {
        let (below, above) = place.rules();
        for (number, rule) in [
            (place.least.checked_sub(1), Some(below)),
            (Some(place.least), None),
            (Some(place.most), None),
            (place.most.checked_add(1), Some(above)),
        ] {
            // Nothing is shorter than nothing, and no int64 is greater than the greatest.
            let Some(value) = number.and_then(|number| place.value(number)) else { continue };
            let verdict = place.verdict(&mut service, &value);
            let expected: Vec<String> = rule.map(str::to_owned).into_iter().collect();
            let shown = value.to_string().chars().take(40).collect::<String>();
            assert_eq!(verdict, expected, "{} {} = {shown}", place.call.name, place.wire());
            checks += 1;
        }
    }
    assert!(checks >= 250, "{checks} checks at {} places", places.len());
    for measure in [Measure::Number, Measure::Length, Measure::Hundredths, Measure::Money] {
        assert!(places.iter().any(|place| place.measure == measure), "{measure:?}");
    }
}

#[test]
fn l06_amounts_that_are_no_amounts() {
    let mut service = Service::new(r#"{"accounts": 2}"#);
    let mut places = Vec::new();
    NEIGHBOURS.iter().for_each(|neighbour| {
        walk(Call::neighbour(neighbour), neighbour.request, &[], &mut places);
    });
    let money = ["0", "0.00", "-1", "1.001", "1.", ".5", "1,5", "1e3", "NaN", "", " 1", "1000000000000"];
    let hundredths = [json!(-0.01), json!(0.009), json!("NaN"), json!("-Infinity"), json!("1")];
    for place in &places {
        let wrong: Vec<Value> = match place.measure {
            Measure::Money => money.iter().map(|text| json!(text)).collect(),
            Measure::Hundredths => hundredths.to_vec(),
            Measure::Number | Measure::Length => continue,
        };
        for value in wrong {
            let request = service.as_app(place.call.request(&place.payload(value.clone())));
            let (status, answer) = read(&service.send(&request));
            let wire = place.wire();
            let told = violations(&answer).into_iter().filter(|(field, _)| *field == wire).count();
            assert_eq!((status, told), (400, 1), "{} {wire} = {value}: {answer}", place.call.name);
        }
    }
}
