//! Objects against their records: which members there are, under which names, and which are missing.

use super::scan::{Broken, First};
use super::schema::{Args, Field, Record};
use super::violation::{Path, Rule};
use super::walk::Walker;
use super::{Bytes, tags, text};

impl<'a> Walker<'a> {
    pub(super) fn record(&mut self, record: Record, path: &Path<'_>) -> Result<(), Broken> {
        let mut members = self.scan.members()?;
        let seen = self.members(record, &mut members, 0, path)?;
        self.complete(record, seen, None, path)
    }

    /// Reads the members of an object up to its end. `taken` are the places of fields that may not stand here.
    /// Gives the places of those that did.
    pub(crate) fn members(
        &mut self,
        record: Record,
        members: &mut First,
        taken: u32,
        path: &Path<'_>,
    ) -> Result<u32, Broken> {
        let mut seen = 0;
        let mut expected = record.fields();
        while !self.scan.ends(members)? {
            self.scan.space();
            let start = self.scan.at;
            // Writers keep to the order of the fields, and leave some out.
            let before = expected;
            let field = expected.find(|field| self.take_key(field.name));
            let Some(field) = field else {
                expected = before;
                self.rare_member(record, members, &mut seen, taken, path)?;
                continue;
            };
            if field.has(tags::RENAMED) && !self.is_request() && self.is_js() {
                self.flush(start + 1);
                self.out.push(b'_');
            }
            self.member(&field, &mut seen, taken, &Path::Member(path, field.name))?;
        }
        Ok(seen)
    }

    /// Takes `"name":` if it comes next.
    #[inline]
    pub(super) fn take_key(&mut self, name: &[u8]) -> bool {
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
    pub(super) fn rare_member(
        &mut self,
        record: Record,
        members: &First,
        seen: &mut u32,
        taken: u32,
        path: &Path<'_>,
    ) -> Result<(), Broken> {
        let start = self.scan.at;
        let key = self.scan.string()?;
        let mut room = Bytes::new();
        let name = text::plain(key, &mut room);
        let mut field = record.find(name);
        if field.is_none() && self.is_js() {
            // The name that JavaScript has for a field.
            let wire = name.strip_prefix(b"_").and_then(|wire| record.find(wire));
            field = wire.filter(|field| field.has(tags::RENAMED));
            if field.is_some() && !self.is_request() {
                // From the wire, it would take the place of what was checked: it gets out of the way.
                self.replace_string(start, b"__");
                self.out.pop();
                text::put(&mut self.out, name.get(1..).unwrap_or_default());
                self.out.push(b'"');
                self.scan.expect(b':')?;
                return self.any(path);
            }
        }
        let Some(field) = field else {
            self.scan.at = start;
            let key = self.unknown_key(members)?;
            let path = Path::Member(path, key.bytes);
            if self.is_request() {
                self.wrong(&path, Rule::NotAllowed, None)?;
            }
            return self.any(&path);
        };
        if field.has(tags::RENAMED) && self.is_js() {
            let quote: &[u8] = if self.is_request() { b"\"" } else { b"\"_" };
            self.replace(start, quote);
            text::put(&mut self.out, field.name);
            self.out.push(b'"');
        }
        self.scan.expect(b':')?;
        self.member(&field, seen, taken, &Path::Member(path, key.bytes))
    }

    /// Reads the value of a known field.
    pub(super) fn member(
        &mut self,
        field: &Field,
        seen: &mut u32,
        taken: u32,
        path: &Path<'_>,
    ) -> Result<(), Broken> {
        let bit = 1 << (field.place & 31);
        if self.is_request() {
            // `null` says what leaving the field out says; `id` and `_id` together say two things.
            if taken & bit != 0 || *seen & bit != 0 {
                self.wrong(path, Rule::NotAllowed, None)?;
                return self.scan.skip(self.depth);
            }
            if self.null() {
                return Ok(());
            }
            *seen |= bit;
            if field.has(tags::READ_ONLY) {
                self.wrong(path, Rule::NotAllowed, None)?;
                return self.scan.skip(self.depth);
            }
        } else {
            if !field.has(tags::REQUIRED) && self.null() {
                return Ok(());
            }
            *seen |= bit;
        }
        if self.depth == 0 && self.unwrap == Some(field.place) {
            self.scan.space();
            self.flush(self.scan.at);
            let start = self.out.len();
            self.value(field.ty, Some(field), path)?;
            self.flush(self.scan.at);
            self.unwrapped = Some(start..self.out.len());
            return Ok(());
        }
        self.value(field.ty, Some(field), path)
    }

    /// Checks what only the whole object shows: missing fields, and rules over several. `args` are those of the
    /// function, where the object is its whole payload: they make the paths then.
    pub(crate) fn complete(
        &mut self,
        record: Record,
        seen: u32,
        args: Option<Args>,
        path: &Path<'_>,
    ) -> Result<(), Broken> {
        if record.required() & !seen != 0 {
            for field in record.fields() {
                if field.has(tags::REQUIRED) && seen & (1 << (field.place & 31)) == 0 {
                    self.wrong_field(&field, Rule::Required, args, path)?;
                }
            }
        }
        if !self.is_request() {
            return Ok(());
        }
        for (kind, mask, first) in record.rules() {
            let given = seen & mask;
            let wrong = if given == 0 && kind != tags::AT_MOST_ONE {
                first
            } else if given.count_ones() > 1 && kind != tags::AT_LEAST_ONE {
                // The second of those given, by their places.
                (given & (given - 1)).trailing_zeros() as u8
            } else {
                continue;
            };
            if let Some(field) = record.field(wrong) {
                self.wrong_field(&field, Rule::OneOf, args, path)?;
            }
        }
        Ok(())
    }

    fn wrong_field(
        &mut self,
        field: &Field,
        rule: Rule,
        args: Option<Args>,
        path: &Path<'_>,
    ) -> Result<(), Broken> {
        for arg in args.into_iter().flatten() {
            let path = Path::Member(path, arg.name);
            if arg.spread() {
                return self.wrong(&Path::Member(&path, field.name), rule, None);
            }
            if arg.place == field.place {
                return self.wrong(&path, rule, None);
            }
        }
        self.wrong(&Path::Member(path, field.name), rule, None)
    }
}
