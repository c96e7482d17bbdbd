//! Numbers and texts against their types.

use super::schema::Type;
use super::text::{self, HUGE, NO_INTEGER};
use super::violation::Rule;
use super::walk::Walker;
use super::{Bytes, MARKER, tags};
use loyalty_contract::time::Timestamp;
use loyalty_contract::values::is_int64;

impl Walker<'_> {
    pub(super) fn int(&mut self, ty: Type, flags: u8) {
        let start = self.scan.at;
        let number = text::integer(self.scan.number());
        if number == NO_INTEGER {
            return self.wrong(start, Rule::Type);
        }
        if self.request && flags & tags::RANGE != 0 {
            let (least, most) = ty.range();
            if number < least {
                return self.wrong_limit(start, Rule::Min, least);
            }
            if number > most {
                return self.wrong_limit(start, Rule::Max, most);
            }
            if flags & tags::NON_ZERO != 0 && number == 0 {
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
            self.replace_string(start, name);
        }
    }

    /// Whether a string is the shell's sign for a value that JSON can't hold.
    pub(crate) fn is_marker(&self, token: &[u8]) -> bool {
        self.request && self.is_js() && token.starts_with(MARKER)
    }

    pub(super) fn text(&mut self, ty: Type, flags: u8) {
        let (tag, rest) = ty.open();
        let start = self.scan.at;
        let token = self.scan.string();
        if !self.request && tag != tags::DATE && tag != tags::INT64 {
            return;
        }
        if self.is_marker(token) {
            return self.wrong(start, Rule::Type);
        }
        let mut room = Bytes::new();
        let plain = text::plain(token, &mut room);
        match tag {
            tags::DATE => match Timestamp::parse(plain) {
                None => return self.wrong(start, Rule::Format),
                Some(moment) if !self.request && self.is_js() => {
                    self.replace(start, b"");
                    text::push_integer(&mut self.out, moment.0);
                }
                Some(_) => {}
            },
            tags::INT64 if !is_int64(plain) => return self.wrong(start, Rule::Format),
            _ => {}
        }
        if self.request {
            self.check_text(ty, tag, rest, flags, plain, start);
        }
    }
}
