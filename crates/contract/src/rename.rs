//! The names that differ between the wire and JavaScript: `id`, `createdDate` and `updatedDate` have an
//! underscore there, at every depth, also as segments of the dotted paths of filters and sorts.

use alloc::{string::String, vec::Vec};

const PAIRS: [(&str, &str); 3] =
    [("id", "_id"), ("createdDate", "_createdDate"), ("updatedDate", "_updatedDate")];

/// The name in JavaScript of a key of the wire.
#[must_use]
pub fn to_js(key: &str) -> &str {
    PAIRS.iter().find(|(wire, _)| *wire == key).map_or(key, |(_, js)| js)
}

/// The name on the wire of a key of JavaScript.
#[must_use]
pub fn to_wire(key: &str) -> &str {
    PAIRS.iter().find(|(_, js)| *js == key).map_or(key, |(wire, _)| wire)
}

/// The dotted path on the wire of a dotted path of JavaScript.
#[must_use]
pub fn path_to_wire(path: &str) -> String {
    path.split('.').map(to_wire).collect::<Vec<_>>().join(".")
}

/// The dotted path in JavaScript of a dotted path of the wire.
#[must_use]
pub fn path_to_js(path: &str) -> String {
    path.split('.').map(to_js).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for key in ["id", "createdDate", "updatedDate", "contactId", "lastActivityDate"] {
            assert_eq!(to_wire(to_js(key)), key);
        }
        assert_eq!(path_to_wire("contact._id"), "contact.id");
        assert_eq!(path_to_wire("_createdDate"), "createdDate");
        assert_eq!(path_to_js("tier.id"), "tier._id");
        assert_eq!(to_wire("id"), "id");
    }
}
