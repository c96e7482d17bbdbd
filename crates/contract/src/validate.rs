//! Checks JSON against a record: every type, every limit, all violations at once, each named by its wire path.

use crate::endpoint::{Endpoint, FieldSet};
use crate::filter;
use crate::guid::is_guid;
use crate::schema::{Field, Limit, Record, Rule, Type};
use crate::time::Timestamp;
use crate::values::{is_int64, is_money};
use serde_json::{Map, Value, json};

/// The greatest integer that JavaScript holds exactly.
pub const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;

pub use crate::rules::ViolatedRule;

/// A value that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The wire path: `query.sort[0].fieldName`.
    pub field: String,
    /// The rule.
    pub rule: ViolatedRule,
    /// What is wrong, to be read behind the field's name.
    pub description: String,
    /// The limit, where the rule has one.
    pub threshold: Option<i64>,
}

impl Violation {
    /// A violation without a threshold.
    #[must_use]
    pub fn new(field: &str, rule: ViolatedRule, description: impl Into<String>) -> Self {
        Self { field: field.to_owned(), rule, description: description.into(), threshold: None }
    }

    /// The form of `details.validationError.fieldViolations`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut violation = json!({
            "field": self.field,
            "description": self.description,
            "violatedRule": self.rule.as_str(),
            "ruleName": self.rule.as_str(),
        });
        if let (Some(threshold), Some(object)) = (self.threshold, violation.as_object_mut()) {
            object.insert("data".into(), json!({ "threshold": threshold }));
        }
        violation
    }
}

/// What happens to fields that the contract doesn't know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// They are violations.
    Strict,
    /// They are passed over.
    Lenient,
}

/// Checks the whole payload of a call, path parameters included. Filters and sorts are checked against the
/// fields that the method lists.
#[must_use]
pub fn request(endpoint: &'static Endpoint, payload: &Value, strictness: Strictness) -> Vec<Violation> {
    let names = Names { fields: endpoint.fields, searchable: endpoint.searchable };
    payload_of(endpoint.request, names, payload, strictness)
}

/// Checks the payload of a call that has neither filter nor search, such as a neighbour's.
#[must_use]
pub fn plain_request(record: &'static Record, payload: &Value, strictness: Strictness) -> Vec<Violation> {
    payload_of(record, Names { fields: &[], searchable: &[] }, payload, strictness)
}

fn payload_of(
    record: &'static Record,
    names: Names,
    payload: &Value,
    strictness: Strictness,
) -> Vec<Violation> {
    let mut check = Check { names: Some(names), strictness, path: String::new(), found: Vec::new() };
    check.record(record, payload);
    check.found
}

/// Checks an answer: types and required fields. Unknown fields and names are tolerated, for upstream may be
/// newer than this code.
#[must_use]
pub fn response(record: &'static Record, answer: &Value) -> Vec<Violation> {
    let mut check =
        Check { names: None, strictness: Strictness::Lenient, path: String::new(), found: Vec::new() };
    check.record(record, answer);
    check.found
}

/// What filters, sorts and searches of a method may name.
#[derive(Clone, Copy)]
struct Names {
    fields: FieldSet,
    searchable: &'static [&'static str],
}

struct Check {
    /// What the request may name; `None` for an answer.
    names: Option<Names>,
    strictness: Strictness,
    path: String,
    found: Vec<Violation>,
}

impl Check {
    fn violate(&mut self, rule: ViolatedRule, description: impl Into<String>) {
        self.found.push(Violation::new(&self.path, rule, description));
    }

    fn violate_limit(&mut self, rule: ViolatedRule, threshold: i64, description: String) {
        self.violate(rule, description);
        if let Some(last) = self.found.last_mut() {
            last.threshold = Some(threshold);
        }
    }

    /// Runs a check with the path one step deeper.
    fn within(&mut self, step: &str, check: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if !self.path.is_empty() && !step.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(step);
        check(self);
        self.path.truncate(length);
    }

    fn record(&mut self, record: &'static Record, value: &Value) {
        let Value::Object(object) = value else {
            return self.violate(ViolatedRule::Type, "must be an object");
        };
        for field in record.fields {
            match object.get(field.name).filter(|value| !value.is_null()) {
                Some(value) => self.within(field.name, |check| check.field(field, value)),
                None if field.required => {
                    self.within(field.name, |check| check.violate(ViolatedRule::Required, "is required"));
                }
                None => {}
            }
        }
        if self.strictness == Strictness::Strict {
            for name in object.keys().filter(|name| record.field(name).is_none()) {
                self.within(name, |check| {
                    check.violate(ViolatedRule::NotAllowed, "is not a field of this request")
                });
            }
        }
        if self.names.is_some() {
            for rule in record.rules {
                self.rule(*rule, object);
            }
        }
    }

    fn rule(&mut self, rule: Rule, object: &Map<String, Value>) {
        let (names, least, most) = match rule {
            Rule::ExactlyOne(names) => (names, 1, 1),
            Rule::AtLeastOne(names) => (names, 1, usize::MAX),
            Rule::AtMostOne(names) => (names, 0, 1),
        };
        let given: Vec<_> =
            names.iter().filter(|name| object.get(**name).is_some_and(|value| !value.is_null())).collect();
        let all = names.join("`, `");
        if given.len() < least {
            let first = names.first().copied().unwrap_or_default();
            self.within(first, |check| {
                check.violate(ViolatedRule::OneOf, format!("or another of `{all}` is required"))
            });
        } else if given.len() > most
            && let Some(second) = given.get(1)
        {
            self.within(second, |check| {
                check
                    .violate(ViolatedRule::OneOf, format!("can't be given together with another of `{all}`"));
            });
        }
    }

    fn field(&mut self, field: &Field, value: &Value) {
        if self.names.is_some() && field.limits.contains(&Limit::ReadOnly) {
            return self.violate(ViolatedRule::NotAllowed, "is set by the service");
        }
        self.value(field.ty, field.limits, value);
    }

    fn value(&mut self, ty: Type, limits: &'static [Limit], value: &Value) {
        match ty {
            Type::Bool if !value.is_boolean() => self.violate(ViolatedRule::Type, "must be true or false"),
            Type::Bool | Type::Json => {}
            Type::Int => self.int(limits, value),
            Type::Float => self.float(limits, value),
            Type::List(item) => self.list(*item, limits, value),
            Type::Map(item) => match value {
                Value::Object(object) => {
                    for (key, value) in object {
                        self.within(key, |check| check.value(*item, &[], value));
                    }
                }
                _ => self.violate(ViolatedRule::Type, "must be an object"),
            },
            Type::Record(record) => self.record(record, value),
            Type::Image if !value.is_object() => self.violate(ViolatedRule::Type, "must be an object"),
            Type::Image => {}
            Type::Filter => self.filter(value),
            Type::Int64 | Type::Str | Type::Guid | Type::Date | Type::Enum(_) => match value.as_str() {
                Some(text) => self.text(ty, limits, text),
                None => self.violate(ViolatedRule::Type, "must be a string"),
            },
        }
    }

    fn int(&mut self, limits: &[Limit], value: &Value) {
        let Some(number) = value.as_f64().filter(|number| number.fract() == 0.0) else {
            return self.violate(ViolatedRule::Type, "must be an integer");
        };
        #[allow(clippy::cast_precision_loss, reason = "limits are far below 2^53")]
        if self.names.is_some() {
            for limit in limits {
                match *limit {
                    Limit::Range(least, _) if number < least as f64 => {
                        return self.violate_limit(
                            ViolatedRule::Min,
                            least,
                            format!("must be at least {least}"),
                        );
                    }
                    Limit::Range(_, most) if number > most as f64 => {
                        return self.violate_limit(
                            ViolatedRule::Max,
                            most,
                            format!("must be at most {most}"),
                        );
                    }
                    Limit::NonZero if number == 0.0 => {
                        return self.violate(ViolatedRule::NonZero, "must not be 0");
                    }
                    _ => {}
                }
            }
        }
        #[allow(clippy::cast_precision_loss, reason = "the bound itself is exact")]
        if number.abs() > MAX_SAFE_INTEGER as f64 {
            self.violate(ViolatedRule::Type, "must be an integer within ±(2^53 - 1)");
        }
    }

    fn float(&mut self, limits: &[Limit], value: &Value) {
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) if matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity") => {
                text.parse().ok()
            }
            _ => None,
        };
        let Some(number) = number else { return self.violate(ViolatedRule::Type, "must be a number") };
        #[allow(clippy::cast_precision_loss, reason = "limits are small")]
        for limit in limits {
            if let Limit::MinHundredths(least) = *limit
                && self.names.is_some()
                && (number.is_nan() || number * 100.0 < least as f64)
            {
                self.violate(ViolatedRule::Min, format!("must be at least {}", least as f64 / 100.0));
            }
        }
    }

    fn list(&mut self, item: Type, limits: &'static [Limit], value: &Value) {
        let Value::Array(items) = value else { return self.violate(ViolatedRule::Type, "must be an array") };
        self.length(limits, items.len(), "items");
        for (at, value) in items.iter().enumerate() {
            self.within(&format!("[{at}]"), |check| {
                check.value(item, &[], value);
                if let (true, Some(text)) = (limits.contains(&Limit::SearchField), value.as_str()) {
                    check.search_field(text);
                }
            });
        }
    }

    fn length(&mut self, limits: &[Limit], length: usize, what: &str) {
        if self.names.is_none() {
            return;
        }
        for limit in limits {
            if let Limit::Len(least, most) = *limit {
                if length < least as usize {
                    let text = format!("must have at least {least} {what}");
                    self.violate_limit(ViolatedRule::MinLength, i64::from(least), text);
                } else if length > most as usize {
                    let text = format!("must have at most {most} {what}");
                    self.violate_limit(ViolatedRule::MaxLength, i64::from(most), text);
                }
            }
        }
    }

    fn text(&mut self, ty: Type, limits: &'static [Limit], text: &str) {
        let request = self.names.is_some();
        match ty {
            // Answers may carry any id: it is checked when it is sent back.
            Type::Guid if request && !is_guid(text) => {
                return self.violate(ViolatedRule::Format, "must be a GUID");
            }
            Type::Date if Timestamp::parse(text).is_none() => {
                return self.violate(ViolatedRule::Format, "must be an ISO-8601 timestamp");
            }
            Type::Int64 if !is_int64(text) => {
                return self.violate(ViolatedRule::Format, "must be an integer in a string");
            }
            Type::Enum(names) if request && !names.values.contains(&text) => {
                let names = names.values.join("`, `");
                return self.violate(ViolatedRule::Unsupported, format!("must be one of `{names}`"));
            }
            _ => {}
        }
        if !request {
            return;
        }
        self.length(limits, text.chars().count(), "characters");
        for limit in limits {
            match *limit {
                Limit::Range(least, _) if text.parse::<i64>().is_ok_and(|number| number < least) => {
                    self.violate_limit(ViolatedRule::Min, least, format!("must be at least {least}"));
                }
                Limit::Key
                    if !text
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') =>
                {
                    self.violate(ViolatedRule::Format, "must be of lower-case letters, digits and `-`");
                }
                Limit::Money if !is_money(text) => {
                    self.violate(ViolatedRule::Format, "must be an amount above 0 with at most two decimals");
                }
                Limit::FieldName => self.sort_field(text),
                _ => {}
            }
        }
    }

    fn filter(&mut self, value: &Value) {
        if !value.is_object() {
            return self.violate(ViolatedRule::Type, "must be an object");
        }
        let Some(names) = self.names else { return };
        if let Err(violation) = filter::parse(value, names.fields) {
            self.within(&violation.field, |check| {
                check.violate(violation.rule, violation.description.clone())
            });
        }
    }

    fn sort_field(&mut self, name: &str) {
        let fields = self.names.map_or(&[][..], |names| names.fields);
        if !fields.iter().any(|field| field.path == name && field.kind != crate::fields::Kind::Object) {
            self.violate(ViolatedRule::Unsupported, format!("`{name}` is not a field to sort by"));
        }
    }

    fn search_field(&mut self, name: &str) {
        let fields = self.names.map_or(&[][..], |names| names.searchable);
        if !fields.contains(&name) {
            self.violate(ViolatedRule::Unsupported, format!("`{name}` is not a field to search in"));
        }
    }
}
