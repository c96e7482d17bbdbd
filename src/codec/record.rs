//! Objects against their records: which members there are, under which names, and which are missing.

use super::scan::Inside;
use super::schema::{Entry, Field};
use super::tags;
use super::violation::Rule;
use super::walk::Walker;

impl Walker<'_> {
    /// Reads the members of an object up to its end. `taken` are the bits of fields that may not stand here.
    /// Gives the bits of those that did.
    pub(crate) fn members(&mut self, record: Entry, inside: &mut Inside, taken: u32) -> u32 {
        let mut seen = 0;
        let mut fields = record.fields();
        while self.scan.more(inside) {
            self.scan.next();
            let start = self.scan.at;
            // Writers keep to the order of the fields.
            let mut known = self.scan.take_field(&mut fields);
            let mut stray = false;
            if !known {
                let name = self.scan.key();
                known = fields.seek(name);
                if !known {
                    // As JavaScript names it.
                    let wire = name.strip_prefix(b"_").unwrap_or_default();
                    stray = self.is_js() && fields.seek(wire) && fields.field.ty.has(tags::RENAMED);
                    if !stray {
                        self.rename_unknown(inside, start, name);
                        if self.request {
                            self.wrong(start, Rule::NotAllowed);
                        }
                        self.any();
                        continue;
                    }
                }
            }
            let field = fields.field;
            if field.ty.has(tags::RENAMED) && self.is_js() {
                if !self.request {
                    // From the wire, a stray one would take the place of what was checked: it gets out of the way.
                    self.underscore(start);
                    if stray {
                        self.any();
                        continue;
                    }
                } else if stray {
                    self.flush(start + 1);
                    self.copied += 1;
                }
            }
            self.member(&field, &mut seen, taken, start);
        }
        seen
    }

    /// Gives an underscore to the key that stands at `start`.
    #[inline(never)]
    pub(super) fn underscore(&mut self, start: usize) {
        self.flush(start + 1);
        self.out.push(b'_');
    }

    /// Reads the value of a known field. `start` is where its key stands.
    fn member(&mut self, field: &Field, seen: &mut u32, taken: u32, start: usize) {
        // `null` says what leaving the field out says; `id` and `_id` together say two things.
        let mut refused = self.request && (taken | *seen) & field.bit != 0;
        if !refused {
            if (self.request || !field.ty.has(tags::REQUIRED)) && self.null() {
                return;
            }
            *seen |= field.bit;
            refused = self.request && field.ty.limits()[0] & tags::READ_ONLY != 0;
        }
        if refused {
            self.wrong(start, Rule::NotAllowed);
            return self.scan.skip();
        }
        self.value(field.ty);
    }

    /// Checks what only the whole object shows: missing fields, and rules over several. The place is behind it.
    /// `payload` says that the object is a function's whole payload, which its arguments are.
    pub(crate) fn complete(&mut self, record: Entry, seen: u32, payload: bool) {
        let missing = record.required() & !seen;
        if !self.request && missing == 0 {
            return;
        }
        let mut fields = record.fields();
        while fields.seek_bit(missing) {
            self.missing(fields.field, Rule::Required, payload);
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
                self.missing(fields.field, Rule::OneOf, payload);
            }
        }
    }

    /// Notes that something is wrong with a field that isn't there.
    #[cold]
    #[inline(never)]
    fn missing(&mut self, field: Field, rule: Rule, payload: bool) {
        if !payload {
            return self.note(Some(self.scan.at.wrapping_sub(1)), 0, field.name, rule);
        }
        // The payload's first field may be an argument of its own.
        let first = self.method.takes(tags::FIRST);
        let name = if first && field.bit == 1 { b"" } else { field.name };
        self.note(None, (first && field.bit > 1).into(), name, rule);
    }
}
