//! Numbers and texts against their types.

use super::schema::Type;
use super::text::{self, HUGE, NO_INTEGER};
use super::violation::Rule;
use super::walk::Walker;
use super::{MARKER, tags};
use loyalty_contract::time::Timestamp;
use loyalty_contract::values::is_int64;

impl Walker<'_> {
    pub(super) fn int(&mut self, ty: Type) {
        let start = self.scan.at;
        let number = text::integer(self.scan.number());
        if number == NO_INTEGER {
            return self.wrong(start, Rule::Type);
        }
        if self.request {
            if !self.check_bounds(ty, number, start, Rule::Min, Rule::Max) {
                return;
            }
            if ty.limits()[0] & tags::NON_ZERO != 0 && number == 0 {
                return self.wrong(start, Rule::NonZero);
            }
        }
        if number.abs() == HUGE {
            self.wrong(start, Rule::Type);
        }
    }

    /// `"NaN"`, `"Infinity"`, `"-Infinity"`: how decimals that JSON can't hold travel.
    pub(super) fn float_text(&mut self) {
        let start = self.scan.at;
        let token = self.scan.string();
        let marked = self.is_marker(token);
        let name = if marked { token.get(MARKER.len()..).unwrap_or_default() } else { token };
        if name.strip_prefix(b"-").unwrap_or(name) != b"Infinity" && name != b"NaN" {
            self.wrong(start, Rule::Type);
        } else if marked {
            self.replace(start, b"\"");
            text::put(&mut self.out, name);
            self.out.push(b'"');
        }
    }

    /// Whether a string is the shell's sign for a value that JSON can't hold.
    pub(crate) fn is_marker(&self, token: &[u8]) -> bool {
        self.request && self.is_js() && token.starts_with(MARKER)
    }

    pub(super) fn text(&mut self, ty: Type) {
        let start = self.scan.at;
        let token = self.scan.string();
        let tag = ty.tag();
        if self.is_marker(token) {
            return self.wrong(start, Rule::Type);
        }
        if tag == tags::DATE {
            match Timestamp::parse(token) {
                None => return self.wrong(start, Rule::Format),
                Some(moment) if !self.request && self.is_js() => {
                    self.replace(start, b"");
                    text::push_integer(&mut self.out, moment.0);
                }
                Some(_) => {}
            }
        }
        if tag == tags::INT64 && !is_int64(token) {
            return self.wrong(start, Rule::Format);
        }
        if self.request {
            self.check_text(ty, token, start);
        }
    }
}
