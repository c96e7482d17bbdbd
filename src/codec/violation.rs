//! What is wrong with a value, and where. Nobody remembers the way to a value while the walk goes well: when
//! something is wrong, the text is read once more, up to the place.
//!
//! The walker notes `["path",rule,limit],` for each violation: the shells have words for the rules' numbers, and names
//! for the arguments, by whose places a request's paths begin (`[1].amount`).

use super::Bytes;
use super::scan::Scan;
use super::text::{push_integer, put};

pub use loyalty_contract::rules::ViolatedRule as Rule;

/// Stands for no limit.
pub(crate) const NO_LIMIT: i32 = i32::MIN;

/// Writes the place of an item.
#[inline(never)]
pub(crate) fn put_index(out: &mut Bytes, number: i64) {
    out.push(b'[');
    push_integer(out, number);
    out.push(b']');
}

/// Writes the path to the innermost value that holds the place `at`, as the inside of a JSON string: names stand in
/// the text as tokens of JSON already. Before each name stands a point.
pub(crate) fn put_path(out: &mut Bytes, scan: &mut Scan<'_>, at: usize) {
    let byte = scan.next();
    if byte != b'{' && byte != b'[' {
        return;
    }
    let mut number = 0;
    let mut inside = scan.open();
    while scan.more(&mut inside) {
        scan.next();
        let start = scan.at;
        let key = if byte == b'{' { scan.key() } else { b"" };
        scan.next();
        let value = scan.at;
        scan.skip();
        if scan.at > at {
            // Between the members: what holds them is meant.
            if at >= start {
                if byte == b'{' {
                    out.push(b'.');
                    put(out, key);
                } else {
                    put_index(out, number);
                }
                // What broke the scan stands behind the place.
                scan.broken = false;
                scan.at = value;
                if at >= value {
                    put_path(out, scan, at);
                }
            }
            return;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;

    #[test]
    fn paths_lead_to_the_innermost_value_that_holds_the_place() {
        let text = br#"{"a": 1, "sort":[{"x":[1,"b"]} , {"fieldName": {}}]}"#;
        for (mark, path) in [
            ("{\"a", ""),
            ("\"a\"", ".a"),
            ("1,", ".a"),
            (", \"s", ""),
            ("[{", ".sort"),
            ("{\"x", ".sort[0]"),
            ("\"b", ".sort[0].x[1]"),
            ("{}", ".sort[1].fieldName"),
            ("}}", ".sort[1].fieldName"),
            ("}]}", ".sort[1]"),
        ] {
            let whole = std::str::from_utf8(text).unwrap();
            let mut out = Vec::new();
            put_path(&mut out, &mut Scan::new(Text::new(text)), whole.find(mark).unwrap());
            assert_eq!(String::from_utf8(out).unwrap(), path, "{mark}");
        }
    }
}
