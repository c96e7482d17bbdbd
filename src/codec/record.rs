//! Objects against their records: which members there are, under which names, and which are missing.

use super::scan::Inside;
use super::schema::{Args, Field, Record};
use super::violation::Rule;
use super::walk::{NOWHERE, Walker};
use super::{Bytes, tags, text};

impl Walker<'_> {
    /// Reads the members of an object up to its end. `taken` are the bits of fields that may not stand here.
    /// Gives the bits of those that did.
    pub(crate) fn members(&mut self, record: Record, inside: &mut Inside, taken: u32) -> u32 {
        let mut seen = 0;
        let mut fields = record.fields();
        while self.scan.more(inside) {
            self.scan.next();
            let start = self.scan.at;
            let mut room = Bytes::new();
            let mut name: &[u8] = b"";
            let mut stray = false;
            let before = fields;
            // Writers keep to the order of the fields.
            let mut known = fields.advance() && self.scan.take_key(fields.field.name);
            if !known {
                fields = before;
                let key = self.scan.key();
                name = key;
                known = fields.seek(record, name);
                if !known {
                    // Written unusually, or as JavaScript names it.
                    name = text::plain(key, &mut room);
                    known = fields.seek(record, name);
                    let wire = name.strip_prefix(b"_").unwrap_or_default();
                    if !known && self.is_js() && fields.seek(record, wire) {
                        stray = fields.field.has(tags::RENAMED);
                        known = stray;
                    }
                }
            }
            if !known {
                self.rename_unknown(inside, start, name);
                if self.request {
                    self.wrong(start, Rule::NotAllowed);
                }
                self.any();
                continue;
            }
            let field = fields.field;
            if field.has(tags::RENAMED) && self.is_js() {
                if !self.request {
                    // From the wire, a stray one would take the place of what was checked: it gets out of the way.
                    self.rename(start, if stray { b"\"__" } else { b"\"_" }, field.name);
                    if stray {
                        self.any();
                        continue;
                    }
                } else if stray {
                    self.rename(start, b"\"", field.name);
                }
            }
            self.member(&field, &mut seen, taken, start);
        }
        seen
    }

    /// Puts a name where the key from `start` to here stood.
    #[inline(never)]
    pub(super) fn rename(&mut self, start: usize, before: &[u8], name: &[u8]) {
        self.replace(start, before);
        text::put(&mut self.out, name);
        text::put(&mut self.out, b"\":");
    }

    /// Reads the value of a known field. `start` is where its key stands.
    fn member(&mut self, field: &Field, seen: &mut u32, taken: u32, start: usize) {
        let bit = field.bit;
        // `null` says what leaving the field out says; `id` and `_id` together say two things.
        let mut refused = self.request && (taken | *seen) & bit != 0;
        if !refused {
            if (self.request || !field.has(tags::REQUIRED)) && self.null() {
                return;
            }
            *seen |= bit;
            refused = self.request && field.has(tags::READ_ONLY);
        }
        if refused {
            self.wrong(start, Rule::NotAllowed);
            return self.scan.skip();
        }
        let wanted = self.scan.depth == 1 && self.unwrap == bit;
        if wanted {
            self.scan.next();
            self.flush(self.scan.at);
            self.wanted.start = self.out.len();
        }
        self.value(field.ty, field.flags);
        if wanted {
            self.flush(self.scan.at);
            self.wanted.end = self.out.len();
        }
    }

    /// Checks what only the whole object shows: missing fields, and rules over several. The place is behind it.
    /// `args` are those of the function, where the object is its whole payload: they make the paths then.
    pub(crate) fn complete(&mut self, record: Record, seen: u32, args: Option<Args>) {
        let missing = record.required() & !seen;
        if !self.request && missing == 0 {
            return;
        }
        let mut fields = record.fields();
        while fields.advance() {
            if missing & fields.field.bit != 0 {
                self.wrong_field(fields.field, Rule::Required, args);
            }
        }
        if !self.request {
            return;
        }
        for (kind, bits) in record.rules() {
            let given = seen & bits;
            // The second of those given, or the first of those that could be.
            let mut wrong = given & given.wrapping_sub(1);
            if kind == tags::AT_LEAST_ONE {
                wrong = 0;
            }
            if given == 0 && kind != tags::AT_MOST_ONE {
                wrong = bits;
            }
            let mut fields = record.fields();
            if fields.seek_bit(wrong) {
                self.wrong_field(fields.field, Rule::OneOf, args);
            }
        }
    }

    /// Notes that something is wrong with a field that isn't there.
    #[cold]
    #[inline(never)]
    fn wrong_field(&mut self, field: Field, rule: Rule, args: Option<Args>) {
        let Some(args) = args else {
            return self.note(self.scan.at.wrapping_sub(1), b"", field.name, rule);
        };
        let mut found: (&[u8], &[u8]) = (b"", field.name);
        for arg in args {
            if arg.spread() {
                found = (arg.name, field.name);
                break;
            }
            if arg.bit == field.bit {
                found = (b"", arg.name);
                break;
            }
        }
        self.note(NOWHERE, found.0, found.1, rule);
    }
}
