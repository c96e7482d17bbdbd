//! The conformance cases, read from their files: the data that every part of the project is held to.

use loyalty_contract::Operation;
use serde_json::{Map, Value};
use std::path::Path;

/// One file: a method and its cases.
pub(crate) struct File {
    pub(crate) operation: Operation,
    pub(crate) cases: Vec<Case>,
}

/// One call: its arguments, what goes out, what comes back, what the caller gets.
pub(crate) struct Case {
    /// The method and the case, for messages.
    pub(crate) title: String,
    pub(crate) args: Vec<Value>,
    pub(crate) wire: Option<Value>,
    pub(crate) reply: Option<Value>,
    pub(crate) value: Option<Value>,
    pub(crate) error: Option<Value>,
    /// Whether the call's own options say something, such as a key.
    pub(crate) has_options: bool,
}

const KEYS: [&str; 7] = ["name", "args", "options", "wire", "reply", "value", "error"];

fn case(operation: &str, mut object: Map<String, Value>) -> Case {
    let title = format!("{operation}: {}", object["name"].as_str().expect("a case has a name"));
    for key in object.keys() {
        assert!(KEYS.contains(&key.as_str()), "{title}: `{key}` is not part of a case");
    }
    let Some(Value::Array(args)) = object.remove("args") else { panic!("{title}: args must be an array") };
    let case = Case {
        args,
        wire: object.remove("wire"),
        reply: object.remove("reply"),
        value: object.remove("value"),
        error: object.remove("error"),
        has_options: object.contains_key("options"),
        title,
    };
    let title = &case.title;
    assert!(case.value.is_some() != case.error.is_some(), "{title}: one of value and error");
    assert_eq!(case.wire.is_some(), case.reply.is_some(), "{title}: a wire request and a reply, or neither");
    assert!(case.wire.is_some() || case.error.is_some(), "{title}: without a reply there is no value");
    case
}

/// Every file of `tests/conformance`, each named after its method.
pub(crate) fn load() -> Vec<File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("tests/conformance is there")
        .map(|entry| entry.expect("its entries can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> File {
    let text = std::fs::read_to_string(path).expect("a case file can be read");
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let mut file: Map<String, Value> =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{stem}: {error}"));
    let name = file["operation"].as_str().unwrap_or_default().to_owned();
    assert_eq!(name, stem, "a file is named after its method");
    let operation =
        Operation::from_name(&name).unwrap_or_else(|| panic!("{name} is not a method of the table"));
    let Some(Value::Array(cases)) = file.remove("cases") else { panic!("{name}: cases must be an array") };
    let cases = cases
        .into_iter()
        .map(|value| match value {
            Value::Object(object) => case(&name, object),
            other => panic!("{name}: a case must be an object, not {other}"),
        })
        .collect();
    File { operation, cases }
}

/// What `{"$number": …}` and its like stand for in JSON: `Ok(None)` for what is left out, `Err` for what JSON
/// can't hold and only a runner in JavaScript can try.
pub(crate) fn plain(value: &Value) -> Result<Option<Value>, ()> {
    Ok(Some(match value {
        Value::Object(object) => {
            if let Some((key, inner)) = object.iter().next().filter(|(key, _)| key.starts_with('$')) {
                match (key.as_str(), inner) {
                    ("$undefined", _) => return Ok(None),
                    ("$date", Value::String(_)) => return Ok(Some(inner.clone())),
                    ("$any", _) => return Ok(Some(Value::from("any"))),
                    ("$number" | "$bigint", _) => return Err(()),
                    // An operator of a filter.
                    _ => {}
                }
            }
            let mut plain_object = Map::new();
            for (key, inner) in object {
                if let Some(inner) = plain(inner)? {
                    plain_object.insert(key.clone(), inner);
                }
            }
            Value::Object(plain_object)
        }
        Value::Array(items) => Value::Array(
            items.iter().map(|item| Ok(plain(item)?.unwrap_or_default())).collect::<Result<_, ()>>()?,
        ),
        other => other.clone(),
    }))
}

/// The JSON of a reply, if it is JSON.
pub(crate) fn json(reply: &Value) -> Option<Value> {
    match reply.get("text") {
        Some(text) => serde_json::from_str(text.as_str().expect("text is a string")).ok(),
        None => reply.get("body").cloned(),
    }
}
