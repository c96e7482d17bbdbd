//! Filters of the query language: which fields and operators they name, and values of the right kind.
//! The rules are those of the contract's filter tree, which can't come along to a page.

use super::scan::{Broken, Raw};
use super::text;
use super::violation::{Path, Rule};
use super::walk::{Role, Walker};
use super::{Bytes, tags};
use loyalty_contract::time::Timestamp;

/// How deep filters may nest.
const MAX_LEVELS: u32 = 8;
/// How many conditions and listed values a filter may have in all.
const MAX_SIZE: usize = 500;

/// What an operator takes.
#[derive(Clone, Copy, PartialEq)]
enum Takes {
    /// A value or `null`.
    Any,
    /// A value.
    Value,
    /// An array of values.
    List,
    /// `true` or `false`.
    Flag,
    /// Text.
    Text,
}

const ALL: u8 = !0;
const TEXTS: u8 = 1 << tags::KIND_ID | 1 << tags::KIND_TEXT;
const OBJECT: u8 = 1 << tags::KIND_OBJECT;
const ORDERED: u8 = TEXTS | 1 << tags::KIND_NUMBER | 1 << tags::KIND_DATE;

/// The operators, the kinds of fields that have them, and what they take.
static OPERATORS: [(&[u8], u8, Takes); 12] = [
    (b"$eq", ALL, Takes::Any),
    (b"$ne", ALL, Takes::Any),
    (b"$exists", ALL, Takes::Flag),
    (b"$in", !OBJECT, Takes::List),
    (b"$nin", !OBJECT, Takes::List),
    (b"$hasSome", !OBJECT, Takes::List),
    (b"$lt", ORDERED, Takes::Value),
    (b"$lte", ORDERED, Takes::Value),
    (b"$gt", ORDERED, Takes::Value),
    (b"$gte", ORDERED, Takes::Value),
    (b"$startsWith", TEXTS, Takes::Text),
    (b"$isEmpty", TEXTS | OBJECT, Takes::Flag),
];

/// What the operator takes, if fields of that kind have it.
fn operator(kind: u8, name: &[u8]) -> Option<Takes> {
    for (known, kinds, takes) in &OPERATORS {
        if *known == name && kinds >> kind & 1 == 1 {
            return Some(*takes);
        }
    }
    None
}

impl<'a> Walker<'a> {
    /// Reads a filter object.
    pub(crate) fn filter(&mut self, path: &Path<'_>, level: u32) -> Result<(), Broken> {
        if level > MAX_LEVELS {
            self.wrong(path, Rule::MaxLength, Some(i64::from(MAX_LEVELS)))?;
            return self.scan.skip(level);
        }
        if self.scan.next() != b'{' {
            return self.wrong_type(path);
        }
        let mut members = self.scan.members()?;
        while !self.scan.ends(&mut members)? {
            self.scan.space();
            let start = self.scan.at;
            let key = self.scan.string()?;
            let path = Path::Member(path, key.bytes);
            self.count(&path)?;
            match key.bytes {
                b"$and" | b"$or" => {
                    self.scan.expect(b':')?;
                    self.parts(&path, level)?;
                }
                b"$not" => {
                    self.scan.expect(b':')?;
                    self.filter(&path, level + 1)?;
                }
                _ => self.condition(key, start, &path)?,
            }
        }
        Ok(())
    }

    fn count(&mut self, path: &Path<'_>) -> Result<(), Broken> {
        self.filter_size += 1;
        if self.filter_size == MAX_SIZE + 1 {
            self.wrong(path, Rule::MaxLength, Some(MAX_SIZE as i64))?;
        }
        Ok(())
    }

    fn parts(&mut self, path: &Path<'_>, level: u32) -> Result<(), Broken> {
        if self.scan.next() != b'[' {
            return self.wrong_type(path);
        }
        let mut items = self.scan.items()?;
        let mut length = 0;
        while self.scan.item(&mut items)? {
            self.filter(&Path::Item(path, length), level + 1)?;
            length += 1;
        }
        if length == 0 { self.wrong(path, Rule::Type, None) } else { Ok(()) }
    }

    /// One field and what is asked of it. The place is behind the key, which begins at `start`.
    fn condition(&mut self, key: Raw<'a>, start: usize, path: &Path<'_>) -> Result<(), Broken> {
        let mut room = Bytes::new();
        let name = self.wire_path(text::plain(key, &mut room));
        let kind = match self.role {
            Role::Request(fields) => fields.kind(&name),
            Role::Answer => None,
        };
        let Some(kind) = kind else {
            self.scan.expect(b':')?;
            self.wrong(path, Rule::Unsupported, None)?;
            return self.scan.skip(0);
        };
        if *name != *key.bytes {
            self.replace_string(start, &name);
        }
        self.scan.expect(b':')?;
        if self.scan.next() != b'{' {
            return self.literal(kind, Takes::Any, path);
        }
        let mut tests = self.scan.members()?;
        let mut empty = true;
        while let Some(name) = self.scan.member(&mut tests)? {
            empty = false;
            let path = Path::Member(path, name.bytes);
            self.count(&path)?;
            match operator(kind, name.bytes) {
                None => {
                    self.wrong(&path, Rule::Unsupported, None)?;
                    self.scan.skip(0)?;
                }
                Some(Takes::List) => self.literals(kind, &path)?,
                Some(takes) => self.literal(kind, takes, &path)?,
            }
        }
        if empty { self.wrong(path, Rule::Type, None) } else { Ok(()) }
    }

    fn literals(&mut self, kind: u8, path: &Path<'_>) -> Result<(), Broken> {
        if self.scan.next() != b'[' {
            return self.wrong_type(path);
        }
        let mut items = self.scan.items()?;
        let mut at = 0;
        while self.scan.item(&mut items)? {
            let path = Path::Item(path, at);
            self.count(&path)?;
            self.literal(kind, Takes::Any, &path)?;
            at += 1;
        }
        Ok(())
    }

    fn literal(&mut self, kind: u8, takes: Takes, path: &Path<'_>) -> Result<(), Broken> {
        let textual = takes == Takes::Text
            || takes != Takes::Flag && !matches!(kind, tags::KIND_NUMBER | tags::KIND_OBJECT);
        match self.scan.next() {
            b'n' if takes == Takes::Any => self.scan.literal(),
            b't' | b'f' if takes == Takes::Flag => self.scan.literal(),
            b'-' | b'0'..=b'9' if kind == tags::KIND_NUMBER && !textual && takes != Takes::Flag => {
                self.scan.number().map(drop)
            }
            b'"' if textual => {
                let start = self.scan.at;
                let raw = self.scan.string()?;
                if self.is_marker(raw) {
                    self.scan.at = start;
                    return self.wrong_type(path);
                }
                if kind == tags::KIND_DATE && Timestamp::parse(text::plain(raw, &mut Bytes::new())).is_none()
                {
                    return self.wrong(path, Rule::Format, None);
                }
                Ok(())
            }
            _ => self.wrong_type(path),
        }
    }
}
