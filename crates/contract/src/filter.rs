//! The query language's filters as a typed tree: read once against the fields that a method lists, then
//! only ever looked at in this form.

use crate::endpoint::FieldSet;
use crate::fields::{FieldSpec, Kind};
use crate::time::Timestamp;
use crate::validate::{ViolatedRule, Violation};
use serde_json::{Map, Value};

/// How deep filters may nest.
pub const MAX_DEPTH: usize = 8;
/// How many conditions and listed values a filter may have in all.
pub const MAX_SIZE: usize = 500;

/// Which items match.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All.
    All,
    /// Those that match each.
    And(Vec<Self>),
    /// Those that match one at least.
    Or(Vec<Self>),
    /// Those that don't match.
    Not(Box<Self>),
    /// Those whose field passes the test.
    Field(&'static FieldSpec, Test),
}

/// What is asked of one field. A field that an item lacks is [`Literal::Null`].
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `$eq` and a bare value.
    Eq(Literal),
    /// `$ne`
    Ne(Literal),
    /// `$lt`
    Lt(Literal),
    /// `$lte`
    Lte(Literal),
    /// `$gt`
    Gt(Literal),
    /// `$gte`
    Gte(Literal),
    /// `$in`, and `$hasSome` of a field with one value.
    In(Vec<Literal>),
    /// `$nin`
    Nin(Vec<Literal>),
    /// `$exists`
    Exists(bool),
    /// `$isEmpty`: absent or empty text.
    IsEmpty(bool),
    /// `$startsWith`, whatever the case of the letters.
    StartsWith(String),
}

/// A value to compare with. Ids are in lower case.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// No value.
    Null,
    /// Text, an id or a name of a list.
    Text(String),
    /// A number.
    Number(f64),
    /// A moment.
    Date(Timestamp),
}

impl Filter {
    /// Whether the filter has only conditions that are all to be met: no `$or`, no `$not`.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        match self {
            Self::All | Self::Field(..) => true,
            Self::And(parts) => parts.iter().all(|part| matches!(part, Self::Field(..))),
            Self::Or(_) | Self::Not(_) => false,
        }
    }

    /// Every field that the filter names, with its test.
    #[must_use]
    pub fn conditions(&self) -> Vec<(&'static FieldSpec, &Test)> {
        match self {
            Self::All => Vec::new(),
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::conditions).collect(),
            Self::Not(part) => part.conditions(),
            Self::Field(field, test) => vec![(*field, test)],
        }
    }
}

/// Reads a filter.
///
/// # Errors
/// The first thing that is wrong, with its path within the filter: an unknown field or operator, a value of
/// another type, more than [`MAX_DEPTH`] levels or [`MAX_SIZE`] parts.
pub fn parse(value: &Value, fields: FieldSet) -> Result<Filter, Violation> {
    let mut reader = Reader { fields, size: 0 };
    reader.object(value, "", 0)
}

struct Reader {
    fields: FieldSet,
    size: usize,
}

fn join(path: &str, step: &str) -> String {
    if path.is_empty() || step.starts_with('[') { format!("{path}{step}") } else { format!("{path}.{step}") }
}

fn wrong_type(path: &str, description: &str) -> Violation {
    Violation::new(path, ViolatedRule::Type, description)
}

impl Reader {
    fn count(&mut self, path: &str) -> Result<(), Violation> {
        self.size += 1;
        if self.size > MAX_SIZE {
            let text = format!("is too large: a filter has at most {MAX_SIZE} conditions and values");
            return Err(Violation::new(path, ViolatedRule::MaxLength, text));
        }
        Ok(())
    }

    fn object(&mut self, value: &Value, path: &str, depth: usize) -> Result<Filter, Violation> {
        let Value::Object(object) = value else { return Err(wrong_type(path, "must be an object")) };
        if depth > MAX_DEPTH {
            let text = format!("is nested deeper than {MAX_DEPTH} levels");
            return Err(Violation::new(path, ViolatedRule::MaxLength, text));
        }
        let mut parts = Vec::with_capacity(object.len());
        for (key, value) in object {
            let path = join(path, key);
            self.count(&path)?;
            match key.as_str() {
                "$and" => parts.extend(self.parts(value, &path, depth)?),
                "$or" => parts.push(Filter::Or(self.parts(value, &path, depth)?)),
                "$not" => parts.push(Filter::Not(Box::new(self.object(value, &path, depth + 1)?))),
                name => self.field(name, value, &path, &mut parts)?,
            }
        }
        Ok(match parts.len() {
            0 => Filter::All,
            1 => parts.swap_remove(0),
            _ => Filter::And(parts),
        })
    }

    fn parts(&mut self, value: &Value, path: &str, depth: usize) -> Result<Vec<Filter>, Violation> {
        match value {
            Value::Array(items) if !items.is_empty() => items
                .iter()
                .enumerate()
                .map(|(at, item)| self.object(item, &join(path, &format!("[{at}]")), depth + 1))
                .collect(),
            _ => Err(wrong_type(path, "must be an array of one filter or more")),
        }
    }

    fn field(
        &mut self,
        name: &str,
        value: &Value,
        path: &str,
        parts: &mut Vec<Filter>,
    ) -> Result<(), Violation> {
        let unsupported = |text: String| Violation::new(path, ViolatedRule::Unsupported, text);
        if name.starts_with('$') {
            return Err(unsupported(format!(
                "`{name}` is not a logical operator; there are `$and`, `$or`, `$not`"
            )));
        }
        let Some(field) = self.fields.iter().find(|field| field.path == name) else {
            return Err(unsupported(format!("`{name}` is not a field to filter by")));
        };
        match value {
            Value::Object(tests) => self.tests(field, tests, path, parts),
            bare => {
                parts.push(Filter::Field(field, Test::Eq(literal(field, bare, path)?)));
                Ok(())
            }
        }
    }

    fn tests(
        &mut self,
        field: &'static FieldSpec,
        tests: &Map<String, Value>,
        path: &str,
        parts: &mut Vec<Filter>,
    ) -> Result<(), Violation> {
        if tests.is_empty() {
            return Err(wrong_type(path, "must be a value or an object of operators"));
        }
        for (operator, value) in tests {
            let path = join(path, operator);
            self.count(&path)?;
            if !allowed(field.kind, operator) {
                let text = format!("`{operator}` is not an operator of `{}`", field.path);
                return Err(Violation::new(&path, ViolatedRule::Unsupported, text));
            }
            let test = match operator.as_str() {
                "$eq" => Test::Eq(literal(field, value, &path)?),
                "$ne" => Test::Ne(literal(field, value, &path)?),
                "$lt" => Test::Lt(present(field, value, &path)?),
                "$lte" => Test::Lte(present(field, value, &path)?),
                "$gt" => Test::Gt(present(field, value, &path)?),
                "$gte" => Test::Gte(present(field, value, &path)?),
                "$in" | "$hasSome" => Test::In(self.list(field, value, &path)?),
                "$nin" => Test::Nin(self.list(field, value, &path)?),
                "$exists" => Test::Exists(flag(value, &path)?),
                "$isEmpty" => Test::IsEmpty(flag(value, &path)?),
                _ => match value {
                    Value::String(text) => Test::StartsWith(text.clone()),
                    _ => return Err(wrong_type(&path, "must be a string")),
                },
            };
            parts.push(Filter::Field(field, test));
        }
        Ok(())
    }

    fn list(&mut self, field: &FieldSpec, value: &Value, path: &str) -> Result<Vec<Literal>, Violation> {
        let Value::Array(items) = value else { return Err(wrong_type(path, "must be an array")) };
        let mut literals = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            self.count(path)?;
            literals.push(literal(field, item, &join(path, &format!("[{at}]")))?);
        }
        Ok(literals)
    }
}

fn allowed(kind: Kind, operator: &str) -> bool {
    match operator {
        "$eq" | "$ne" | "$exists" => true,
        "$in" | "$nin" | "$hasSome" => kind != Kind::Object,
        "$lt" | "$lte" | "$gt" | "$gte" => !matches!(kind, Kind::Enum | Kind::Object),
        "$startsWith" => matches!(kind, Kind::Id | Kind::Text),
        "$isEmpty" => matches!(kind, Kind::Id | Kind::Text | Kind::Object),
        _ => false,
    }
}

fn flag(value: &Value, path: &str) -> Result<bool, Violation> {
    value.as_bool().ok_or_else(|| wrong_type(path, "must be true or false"))
}

fn present(field: &FieldSpec, value: &Value, path: &str) -> Result<Literal, Violation> {
    match literal(field, value, path)? {
        Literal::Null => Err(wrong_type(path, "must not be null")),
        literal => Ok(literal),
    }
}

fn literal(field: &FieldSpec, value: &Value, path: &str) -> Result<Literal, Violation> {
    match (field.kind, value) {
        (_, Value::Null) => Ok(Literal::Null),
        (Kind::Id, Value::String(text)) => Ok(Literal::Text(text.to_ascii_lowercase())),
        (Kind::Text | Kind::Enum, Value::String(text)) => Ok(Literal::Text(text.clone())),
        (Kind::Number, Value::Number(number)) => {
            number.as_f64().map(Literal::Number).ok_or_else(|| wrong_type(path, "must be a number"))
        }
        (Kind::Date, Value::String(text)) => Timestamp::parse(text)
            .map(Literal::Date)
            .ok_or_else(|| Violation::new(path, ViolatedRule::Format, "must be an ISO-8601 timestamp")),
        (Kind::Id | Kind::Text | Kind::Enum | Kind::Date, _) => Err(wrong_type(path, "must be a string")),
        (Kind::Number, _) => Err(wrong_type(path, "must be a number")),
        (Kind::Object, _) => Err(wrong_type(path, "can only be compared with null")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{ACCOUNTS_QUERY, TRANSACTIONS_QUERY};
    use serde_json::json;

    fn read(value: Value) -> Result<Filter, (String, &'static str)> {
        parse(&value, ACCOUNTS_QUERY).map_err(|violation| (violation.field, violation.rule.as_str()))
    }

    #[test]
    fn forms() {
        assert_eq!(read(json!({})).unwrap(), Filter::All);
        let bare = read(json!({"points.balance": 5})).unwrap();
        assert_eq!(bare, read(json!({"points.balance": {"$eq": 5}})).unwrap());
        assert_eq!(bare.conditions().len(), 1);
        let both = read(json!({"points.balance": {"$gt": 5, "$lt": 9}})).unwrap();
        assert_eq!(both.conditions().len(), 2);
        assert!(both.is_flat());
        let mixed =
            read(json!({"$and": [{"id": "A"}, {"$or": [{"contactId": "b"}, {"$not": {"memberId": null}}]}]}))
                .unwrap();
        assert!(!mixed.is_flat());
        assert_eq!(mixed.conditions().len(), 3);
        assert_eq!(mixed.conditions()[0].1, &Test::Eq(Literal::Text("a".into())), "ids in lower case");
        assert!(read(json!({"createdDate": {"$gte": "2024-01-01T00:00:00.000Z"}})).is_ok());
    }

    #[test]
    fn what_is_unsupported_is_named() {
        for (filter, field, rule) in [
            (json!({"nope": 1}), "nope", "UNSUPPORTED"),
            (json!({"points.balance": {"$foo": 1}}), "points.balance.$foo", "UNSUPPORTED"),
            (json!({"points.balance": {"$startsWith": "1"}}), "points.balance.$startsWith", "UNSUPPORTED"),
            (json!({"$nor": []}), "$nor", "UNSUPPORTED"),
            (json!({"$or": []}), "$or", "TYPE"),
            (json!({"$or": [{"id": "a"}, {"x": 1}]}), "$or[1].x", "UNSUPPORTED"),
            (json!({"points.balance": "5"}), "points.balance", "TYPE"),
            (json!({"createdDate": "yesterday"}), "createdDate", "FORMAT"),
            (json!({"id": {}}), "id", "TYPE"),
            (json!({"id": {"$in": "a"}}), "id.$in", "TYPE"),
            (json!({"points.balance": {"$gt": null}}), "points.balance.$gt", "TYPE"),
            (json!([]), "", "TYPE"),
        ] {
            assert_eq!(read(filter.clone()), Err((field.to_owned(), rule)), "{filter}");
        }
        let kind = parse(&json!({"transactionType": {"$gt": "EARN"}}), TRANSACTIONS_QUERY).unwrap_err();
        assert_eq!(kind.field, "transactionType.$gt");
    }

    #[test]
    fn size_and_depth_are_bounded() {
        let mut deep = json!({"id": "a"});
        for _ in 0..=MAX_DEPTH {
            deep = json!({ "$not": deep });
        }
        assert_eq!(read(deep).unwrap_err().1, "MAX_LENGTH");
        let many: Vec<_> = (0..=MAX_SIZE).map(|at| at.to_string()).collect();
        assert_eq!(read(json!({"id": {"$in": many}})).unwrap_err().1, "MAX_LENGTH");
    }
}
