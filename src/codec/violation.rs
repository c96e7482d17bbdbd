//! What is wrong with a value, and where. Nobody remembers the way to a value while the walk goes well: when
//! something is wrong, the text is read once more, up to the place.

use super::Bytes;
use super::scan::Scan;
use super::schema::Args;
use super::text::{piece, push_integer, put};

/// Which rule a value breaks. The names are those of the contract's validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the descriptions below say it")]
pub enum Rule {
    Required,
    Type,
    Min,
    Max,
    MinLength,
    MaxLength,
    Format,
    NotAllowed,
    NonZero,
    OneOf,
    Unsupported,
}

impl Rule {
    #[cfg(not(page))]
    const ALL: [Self; 11] = [
        Self::Required,
        Self::Type,
        Self::Min,
        Self::Max,
        Self::MinLength,
        Self::MaxLength,
        Self::Format,
        Self::NotAllowed,
        Self::NonZero,
        Self::OneOf,
        Self::Unsupported,
    ];

    /// The rule of that name. A server may have rules of its own: those are about the form.
    #[cfg(not(page))]
    pub(crate) fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|rule| rule.as_str() == name).unwrap_or(Self::Format)
    }

    /// The name in errors.
    #[cfg(not(page))]
    #[must_use]
    pub fn as_str(self) -> &'static str {
        core::str::from_utf8(self.said(0)).unwrap_or_default()
    }

    /// The name, and what is said before the threshold and behind it.
    fn said(self, part: usize) -> &'static [u8] {
        piece(SAID, 3 * self as usize + part)
    }
}

/// Of each rule the name, and what is said before the threshold and behind it.
static SAID: &[u8] = b"REQUIRED|is required||\
    TYPE|is not of the documented type||\
    MIN|must be at least ||\
    MAX|must be at most ||\
    MIN_LENGTH|must have at least | characters or items|\
    MAX_LENGTH|must have at most | characters, items or levels|\
    FORMAT|does not have the documented form||\
    NOT_ALLOWED|is not a field to give here||\
    NON_ZERO|must not be 0||\
    ONE_OF|must be given, or its alternative, but not both||\
    UNSUPPORTED|is not a name that this method supports||";

/// Stands for no threshold.
pub(crate) const NO_LIMIT: i64 = i64::MIN;

/// Writes a violation as JSON, with a comma behind it, up to its path: that, and perhaps a name, come next.
pub(crate) fn put_rule(out: &mut Bytes, rule: Rule, threshold: i64) {
    put(out, b"\",\"rule\":\"");
    put(out, rule.said(0));
    put(out, b"\",\"description\":\"");
    put(out, rule.said(1));
    if threshold != NO_LIMIT {
        push_integer(out, threshold);
    }
    put(out, rule.said(2));
    out.push(b'"');
    if threshold != NO_LIMIT {
        put(out, b",\"threshold\":");
        push_integer(out, threshold);
    }
    put(out, b"},");
}

/// Writes the path to the innermost value that holds the place `at`, as the inside of a JSON string: names stand in
/// the text as tokens of JSON already. `args` are the names of the items of the outermost array. `bare` says that
/// nothing stands before.
pub(crate) fn put_path(out: &mut Bytes, scan: &mut Scan<'_>, at: usize, args: Option<Args>, bare: bool) {
    let byte = scan.next();
    if byte != b'{' && byte != b'[' {
        return;
    }
    let mut args = args.into_iter().flatten();
    let mut number = 0;
    let mut inside = scan.open();
    while scan.more(&mut inside) {
        scan.next();
        let start = scan.at;
        let key = if byte == b'{' { scan.key() } else { b"" };
        scan.next();
        let value = scan.at;
        scan.skip();
        let arg = args.next();
        if scan.at > at {
            if at < start {
                // Between the members: what holds them is meant.
                return;
            }
            if let Some(arg) = arg {
                put(out, arg.name);
            } else if byte == b'{' {
                if !bare {
                    out.push(b'.');
                }
                put(out, key);
            } else {
                out.push(b'[');
                push_integer(out, number);
                out.push(b']');
            }
            // What broke the scan stands behind the place.
            scan.broken = false;
            scan.at = value;
            if at >= value {
                put_path(out, scan, at, None, false);
            }
            return;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loyalty_contract::validate::ViolatedRule;

    #[test]
    fn the_rules_are_those_of_the_contract() {
        // A rule that is new there does not compile here before it has its counterpart.
        let counterpart = |rule: ViolatedRule| match rule {
            ViolatedRule::Required => Rule::Required,
            ViolatedRule::Type => Rule::Type,
            ViolatedRule::Min => Rule::Min,
            ViolatedRule::Max => Rule::Max,
            ViolatedRule::MinLength => Rule::MinLength,
            ViolatedRule::MaxLength => Rule::MaxLength,
            ViolatedRule::Format => Rule::Format,
            ViolatedRule::NotAllowed => Rule::NotAllowed,
            ViolatedRule::NonZero => Rule::NonZero,
            ViolatedRule::OneOf => Rule::OneOf,
            ViolatedRule::Unsupported => Rule::Unsupported,
        };
        for rule in [
            ViolatedRule::Required,
            ViolatedRule::Type,
            ViolatedRule::Min,
            ViolatedRule::Max,
            ViolatedRule::MinLength,
            ViolatedRule::MaxLength,
            ViolatedRule::Format,
            ViolatedRule::NotAllowed,
            ViolatedRule::NonZero,
            ViolatedRule::OneOf,
            ViolatedRule::Unsupported,
        ] {
            assert_eq!(counterpart(rule).as_str(), rule.as_str());
            assert_eq!(Rule::from_name(rule.as_str()), counterpart(rule));
        }
        assert_eq!(Rule::from_name("SOMETHING_NEW"), Rule::Format);
    }

    #[test]
    fn paths_lead_to_the_innermost_value_that_holds_the_place() {
        let text = br#"{"a": 1, "sort":[{"x":[1,"b"]} , {"fieldName": {}}]}"#;
        for (mark, path) in [
            ("{\"a", ""),
            ("\"a\"", "a"),
            ("1,", "a"),
            (", \"s", ""),
            ("[{", "sort"),
            ("{\"x", "sort[0]"),
            ("\"b", "sort[0].x[1]"),
            ("{}", "sort[1].fieldName"),
            ("}}", "sort[1].fieldName"),
            ("}]}", "sort[1]"),
        ] {
            let whole = std::str::from_utf8(text).unwrap();
            let mut out = Vec::new();
            put_path(&mut out, &mut Scan::new(text), whole.find(mark).unwrap(), None, true);
            assert_eq!(String::from_utf8(out).unwrap(), path, "{mark}");
        }
    }

    #[test]
    fn descriptions() {
        let mut out = Vec::new();
        put_rule(&mut out, Rule::Max, 9_999_999);
        put_rule(&mut out, Rule::Required, NO_LIMIT);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"","rule":"MAX","description":"must be at most 9999999","threshold":9999999},","rule":"REQUIRED","description":"is required"},"#
        );
    }
}
