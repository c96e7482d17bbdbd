//! Filters of the query language: which fields and operators they name, and values of the right kind.
//! The rules are those of the contract's filter tree, which can't come along to a page.

use super::text;
use super::violation::Rule;
use super::walk::Walker;
use super::{Bytes, tags};
use loyalty_contract::time::Timestamp;

/// How deep filters may nest.
const MAX_LEVELS: u32 = 8;
/// How many conditions and listed values a filter may have in all.
const MAX_SIZE: usize = 500;

/// What an operator takes: a value or `null`, a value, an array of values, `true` or `false`, text.
const ANY: u8 = 0;
const VALUE: u8 = 1;
const LIST: u8 = 2;
const FLAG: u8 = 3;
const TEXT: u8 = 4;
/// There is no such operator.
const NONE: u8 = 5;

const ALL: u8 = !0;
const TEXTS: u8 = 1 << tags::KIND_ID | 1 << tags::KIND_TEXT;
const OBJECT: u8 = 1 << tags::KIND_OBJECT;
const ORDERED: u8 = TEXTS | 1 << tags::KIND_NUMBER | 1 << tags::KIND_DATE;

/// The operators.
const OPERATORS: &[u8] = b"$eq|$ne|$exists|$in|$nin|$hasSome|$lt|$lte|$gt|$gte|$startsWith|$isEmpty|";
/// The kinds of fields that have each, and what it takes.
static TAKES: [(u8, u8); 12] = [
    (ALL, ANY),
    (ALL, ANY),
    (ALL, FLAG),
    (!OBJECT, LIST),
    (!OBJECT, LIST),
    (!OBJECT, LIST),
    (ORDERED, VALUE),
    (ORDERED, VALUE),
    (ORDERED, VALUE),
    (ORDERED, VALUE),
    (TEXTS, TEXT),
    (TEXTS | OBJECT, FLAG),
];

/// What the operator takes, if fields of that kind have it.
fn operator(kind: u8, name: &[u8]) -> u8 {
    match TAKES.get(text::place_in(OPERATORS, name)) {
        Some((kinds, takes)) if kinds >> kind & 1 == 1 => *takes,
        _ => NONE,
    }
}

impl Walker<'_> {
    /// Reads a filter object.
    pub(crate) fn filter(&mut self, level: u32) {
        if level > MAX_LEVELS {
            self.scan.next();
            self.wrong_limit(self.scan.at, Rule::MaxLength, i64::from(MAX_LEVELS));
            return self.scan.skip();
        }
        if self.scan.next() != b'{' {
            return self.wrong_type();
        }
        let mut inside = self.scan.open();
        while self.scan.more(&mut inside) {
            self.scan.next();
            let start = self.scan.at;
            let key = self.scan.string();
            let behind = self.scan.at;
            self.scan.expect(b':');
            self.count(start);
            let mut room = Bytes::new();
            let name = text::plain(key, &mut room);
            if name == b"$and" || name == b"$or" {
                self.items(tags::KIND_NONE, level);
            } else if name == b"$not" {
                self.filter(level + 1);
            } else {
                self.condition(name, start, behind);
            }
        }
    }

    fn count(&mut self, at: usize) {
        self.filter_size += 1;
        if self.filter_size == MAX_SIZE + 1 {
            self.wrong_limit(at, Rule::MaxLength, MAX_SIZE as i64);
        }
    }

    /// Reads the items of an array: filters, which need at least one, or values.
    fn items(&mut self, kind: u8, level: u32) {
        if self.scan.next() != b'[' {
            return self.wrong_type();
        }
        let start = self.scan.at;
        let mut inside = self.scan.open();
        let mut empty = true;
        while self.scan.more(&mut inside) {
            empty = false;
            if kind == tags::KIND_NONE {
                self.filter(level + 1);
            } else {
                self.scan.next();
                self.count(self.scan.at);
                self.literal(kind, ANY);
            }
        }
        if empty && kind == tags::KIND_NONE {
            self.wrong(start, Rule::Type);
        }
    }

    /// One field and what is asked of it. Its name stands from `start` to `behind`.
    fn condition(&mut self, name: &[u8], start: usize, behind: usize) {
        let name = self.wire_path(name);
        let kind = self.endpoint.kind(&name);
        if kind == tags::KIND_NONE {
            self.wrong(start, Rule::Unsupported);
            return self.scan.skip();
        }
        self.flush(start);
        text::put_quoted(&mut self.out, &name);
        self.copied = behind;
        if self.scan.next() != b'{' {
            return self.literal(kind, ANY);
        }
        let mut inside = self.scan.open();
        let mut empty = true;
        while self.scan.more(&mut inside) {
            self.scan.next();
            let start = self.scan.at;
            let name = self.scan.key();
            empty = false;
            self.count(start);
            match operator(kind, text::plain(name, &mut Bytes::new())) {
                NONE => {
                    self.wrong(start, Rule::Unsupported);
                    self.scan.skip();
                }
                LIST => self.items(kind, 0),
                takes => self.literal(kind, takes),
            }
        }
        if empty {
            self.wrong(start, Rule::Type);
        }
    }

    fn literal(&mut self, kind: u8, takes: u8) {
        let textual =
            takes == TEXT || takes != FLAG && kind != tags::KIND_NUMBER && kind != tags::KIND_OBJECT;
        match self.scan.next() {
            b'n' if takes == ANY => self.scan.literal(),
            b't' | b'f' if takes == FLAG => self.scan.literal(),
            b'-' | b'0'..=b'9' if kind == tags::KIND_NUMBER && !textual && takes != FLAG => {
                self.scan.number();
            }
            b'"' if textual => {
                let start = self.scan.at;
                let token = self.scan.string();
                if self.is_marker(token) {
                    self.wrong(start, Rule::Type);
                } else if kind == tags::KIND_DATE
                    && Timestamp::parse(text::plain(token, &mut Bytes::new())).is_none()
                {
                    self.wrong(start, Rule::Format);
                }
            }
            _ => self.wrong_type(),
        }
    }
}
