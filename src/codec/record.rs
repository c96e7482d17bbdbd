//! Objects against their records: which members there are, under which names, and which are missing.

use super::scan::Inside;
use super::schema::{Args, Field, Record};
use super::violation::{Path, Rule};
use super::walk::Walker;
use super::{Bytes, tags, text};

impl Walker<'_> {
    /// Reads the members of an object up to its end. `taken` are the bits of fields that may not stand here.
    /// Gives the bits of those that did.
    pub(crate) fn members(
        &mut self,
        record: Record,
        inside: &mut Inside,
        taken: u32,
        path: &Path<'_>,
    ) -> u32 {
        let mut seen = 0;
        let mut expected = record.fields();
        while self.scan.more(inside) {
            self.scan.next();
            let start = self.scan.at;
            // Writers keep to the order of the fields, and leave some out.
            let before = expected;
            loop {
                if !expected.advance() {
                    expected = before;
                    self.rare_member(record, inside, &mut seen, taken, path);
                    break;
                }
                if self.take_key(expected.field.name) {
                    let field = &expected.field;
                    if field.has(tags::RENAMED) && !self.request && self.is_js() {
                        self.underscore(start);
                    }
                    self.member(field, &mut seen, taken, &Path::Member(path, field.name));
                    break;
                }
            }
        }
        seen
    }

    /// Takes `"name":` if it comes next.
    #[inline]
    fn take_key(&mut self, name: &[u8]) -> bool {
        let at = self.scan.at;
        let length = name.len();
        let Some(rest) = self.scan.text.get(at..) else { return false };
        let found = rest.first() == Some(&b'"')
            && rest.get(1..=length).is_some_and(|text| text == name)
            && rest.get(length + 1) == Some(&b'"')
            && rest.get(length + 2) == Some(&b':');
        if found {
            self.scan.at = at + length + 3;
        }
        found
    }

    /// A member that stands out of order, is written unusually, is named as JavaScript names it, or is unknown.
    #[inline(never)]
    fn rare_member(
        &mut self,
        record: Record,
        inside: &mut Inside,
        seen: &mut u32,
        taken: u32,
        path: &Path<'_>,
    ) {
        let start = self.scan.at;
        let key = self.scan.string();
        let mut room = Bytes::new();
        let name = text::plain(key, &mut room);
        let path = &Path::Member(path, key);
        let mut fields = record.fields();
        let mut known = fields.seek(name);
        if !known && self.is_js() {
            // The name that JavaScript has for a field.
            fields = record.fields();
            let wire = name.strip_prefix(b"_").unwrap_or_default();
            known = fields.seek(wire) && fields.field.has(tags::RENAMED);
            if known && !self.request {
                // From the wire, it would take the place of what was checked: it gets out of the way.
                self.rename(start, b"\"__", wire);
                self.scan.expect(b':');
                return self.any(path);
            }
        }
        if !known {
            self.scan.at = start;
            self.unknown_key(inside);
            if self.request {
                self.wrong(path, Rule::NotAllowed);
            }
            return self.any(path);
        }
        let field = &fields.field;
        if field.has(tags::RENAMED) && self.is_js() {
            self.rename(start, if self.request { b"\"" } else { b"\"_" }, field.name);
        }
        self.scan.expect(b':');
        self.member(field, seen, taken, path);
    }

    /// Puts a name where the key from `start` to here stood.
    #[inline(never)]
    fn rename(&mut self, start: usize, before: &[u8], name: &[u8]) {
        self.replace(start, before);
        text::put(&mut self.out, name);
        self.out.push(b'"');
    }

    /// Reads the value of a known field.
    fn member(&mut self, field: &Field, seen: &mut u32, taken: u32, path: &Path<'_>) {
        let bit = field.bit;
        if self.request {
            // `null` says what leaving the field out says; `id` and `_id` together say two things.
            if (taken | *seen) & bit != 0 {
                self.wrong(path, Rule::NotAllowed);
                return self.scan.skip();
            }
            if self.null() {
                return;
            }
            if field.has(tags::READ_ONLY) {
                self.wrong(path, Rule::NotAllowed);
                return self.scan.skip();
            }
        } else if !field.has(tags::REQUIRED) && self.null() {
            return;
        }
        *seen |= bit;
        if self.scan.depth == 1 && self.unwrap == bit {
            self.scan.next();
            self.flush(self.scan.at);
            let start = self.out.len();
            self.value(field.ty, field.flags, path);
            self.flush(self.scan.at);
            self.unwrapped = start..self.out.len();
        } else {
            self.value(field.ty, field.flags, path);
        }
    }

    /// Checks what only the whole object shows: missing fields, and rules over several. `args` are those of the
    /// function, where the object is its whole payload: they make the paths then.
    pub(crate) fn complete(&mut self, record: Record, seen: u32, args: Option<Args>, path: &Path<'_>) {
        let mut missing = record.required() & !seen;
        while missing != 0 {
            let bit = missing & missing.wrapping_neg();
            missing ^= bit;
            self.wrong_field(record, bit, Rule::Required, args, path);
        }
        if !self.request {
            return;
        }
        for (kind, bits) in record.rules() {
            let given = seen & bits;
            if given == 0 && kind != tags::AT_MOST_ONE {
                self.wrong_field(record, bits, Rule::OneOf, args, path);
            }
            let second = given & given.wrapping_sub(1);
            if second != 0 && kind != tags::AT_LEAST_ONE {
                self.wrong_field(record, second, Rule::OneOf, args, path);
            }
        }
    }

    /// Notes that something is wrong with a field that isn't there, the first of those bits.
    #[cold]
    #[inline(never)]
    fn wrong_field(&mut self, record: Record, bits: u32, rule: Rule, args: Option<Args>, path: &Path<'_>) {
        let mut fields = record.fields();
        fields.seek_bit(bits);
        let field = fields.field;
        for arg in args.into_iter().flatten() {
            let path = Path::Member(path, arg.name);
            if arg.spread() {
                return self.wrong(&Path::Member(&path, field.name), rule);
            }
            if arg.bit == field.bit {
                return self.wrong(&path, rule);
            }
        }
        self.wrong(&Path::Member(path, field.name), rule);
    }
}
