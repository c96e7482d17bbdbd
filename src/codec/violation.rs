//! What is wrong with a value, and where: the path is only ever built when something is.

use super::Bytes;
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

/// Writes a violation as JSON, with a comma behind it.
pub(crate) fn put_violation(out: &mut Bytes, path: &Path<'_>, rule: Rule, threshold: i64) {
    put(out, b"{\"field\":\"");
    path.put(out);
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

/// Stands for no threshold.
pub(crate) const NO_LIMIT: i64 = i64::MIN;

/// The way to a value: frames on the stack, read from the inside out when something is wrong.
#[derive(Clone, Copy)]
pub(crate) enum Path<'p> {
    /// The whole text.
    Root,
    /// A member of an object, named as its writer did.
    Member(&'p Path<'p>, &'p [u8]),
    /// An item of an array.
    Item(&'p Path<'p>, usize),
}

impl Path<'_> {
    /// Writes the path as the inside of a JSON string: names stand in the text as tokens of JSON already.
    fn put(&self, out: &mut Bytes) {
        match self {
            Self::Root => {}
            Self::Member(parent, name) => {
                parent.put(out);
                if !matches!(parent, Self::Root) {
                    out.push(b'.');
                }
                put(out, name);
            }
            Self::Item(parent, at) => {
                parent.put(out);
                out.push(b'[');
                push_integer(out, i64::try_from(*at).unwrap_or(i64::MAX));
                out.push(b']');
            }
        }
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
    fn descriptions_and_paths() {
        let root = Path::Root;
        let sort = Path::Member(&root, b"sort");
        let item = Path::Item(&sort, 12);
        let mut out = Vec::new();
        put_violation(&mut out, &Path::Member(&item, b"fieldName"), Rule::Max, 9_999_999);
        put_violation(&mut out, &root, Rule::Required, NO_LIMIT);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"field":"sort[12].fieldName","rule":"MAX","description":"must be at most 9999999","threshold":9999999},{"field":"","rule":"REQUIRED","description":"is required"},"#
        );
    }
}
