//! One text for one JSON value, whatever the order and spacing it came in.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The value with sorted keys and no spaces.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(map) => {
            let mut fields: Vec<(&String, &Value)> = map.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            let fields: Vec<String> = fields
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        leaf => leaf.to_string(),
    }
}

/// SHA-256 over the parts, each behind its length, so that no two lists of parts are alike.
pub(crate) fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// The same, as text.
pub(crate) fn fingerprint(parts: &[&str]) -> String {
    hex(&digest(parts))
}

/// SHA-256 of one text.
#[cfg(target_arch = "wasm32")]
pub(crate) fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Two digits a byte. By hand: `write!` takes as long for it as the hash before it.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_and_spaces_do_not_matter_but_content_does() {
        let parse = |text: &str| canonical(&serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(parse(r#"{"b":[1,{"d":2,"c":"x"}],"a":null}"#), r#"{"a":null,"b":[1,{"c":"x","d":2}]}"#);
        assert_eq!(parse(r#"{ "a" : 1 , "b" : 2 }"#), parse(r#"{"b":2,"a":1}"#));
        assert_ne!(canonical(&json!({"a": "1"})), canonical(&json!({"a": 1})));
        assert_eq!(canonical(&json!({"a\"b": "\n"})), r#"{"a\"b":"\n"}"#);
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_ne!(digest(&["a"]), digest(&["a", ""]));
        assert_eq!(fingerprint(&["x"]).len(), 64);
        assert_eq!(hex(&[0x00, 0x09, 0x0a, 0x9f, 0xf0, 0xff]), "00090a9ff0ff");
    }
}
