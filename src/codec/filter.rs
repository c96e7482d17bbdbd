//! Filters of the query language: which fields and operators they name, and values of the right kind.
//! The rules are those of the contract's filter tree, which can't come along to a page.

use super::schema;
use super::tags::{self, ANY, FLAG, MANY, NONE, TEXT};
use super::violation::Rule;
use super::walk::Walker;
use loyalty_contract::time::Timestamp;

/// How deep filters may nest.
const MAX_LEVELS: i32 = 8;
/// How many conditions and listed values a filter may have in all.
const MAX_SIZE: i32 = 500;

impl Walker<'_> {
    /// Reads a filter object.
    pub(crate) fn filter(&mut self, level: i32) {
        if level > MAX_LEVELS {
            self.scan.next();
            self.wrong_limit(self.scan.at, Rule::MaxLength, MAX_LEVELS);
            return self.scan.skip();
        }
        if self.scan.next() != b'{' {
            return self.wrong_type();
        }
        let mut inside = self.scan.open();
        let mut seen = 0;
        while self.scan.more(&mut inside) {
            if self.scan.next() != b'"' {
                return self.scan.fail();
            }
            let start = self.scan.at;
            let key = self.scan.string();
            self.count(start);
            if key == b"$and" || key == b"$or" {
                self.scan.expect(b':');
                self.items(tags::KIND_NONE, level);
            } else if key == b"$not" {
                self.scan.expect(b':');
                self.filter(level + 1);
            } else {
                self.condition(key, start, &mut seen);
            }
        }
    }

    fn count(&mut self, at: usize) {
        self.filter_size += 1;
        if self.filter_size == MAX_SIZE + 1 {
            self.wrong_limit(at, Rule::MaxLength, MAX_SIZE);
        }
    }

    /// Reads the items of an array: filters, which need at least one, or values.
    fn items(&mut self, kind: u8, level: i32) {
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

    /// One field and what is asked of it. Its name stands from `start` to here; `seen` are the bits of those before it.
    fn condition(&mut self, name: &[u8], start: usize, seen: &mut u32) {
        let (kind, bit) = self.put_wire_path(start, name);
        // `id` and `_id` are one field on the wire, where one of two conditions would be lost.
        if *seen & bit != 0 {
            self.wrong(start, Rule::NotAllowed);
        }
        *seen |= bit;
        self.scan.expect(b':');
        if kind == tags::KIND_NONE {
            self.wrong(start, Rule::Unsupported);
            return self.scan.skip();
        }
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
            match schema::operator(kind, name) {
                NONE => {
                    self.wrong(start, Rule::Unsupported);
                    self.scan.skip();
                }
                MANY => self.items(kind, 0),
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
                } else if kind == tags::KIND_DATE && Timestamp::parse(token).is_none() {
                    self.wrong(start, Rule::Format);
                }
            }
            _ => self.wrong_type(),
        }
    }
}
