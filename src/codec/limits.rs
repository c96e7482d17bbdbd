//! The limits of requests, beyond types.

use super::schema::{self, Type};
use super::tags;
use super::text;
use super::violation::Rule;
use super::walk::Walker;
use loyalty_contract::guid::is_guid;

/// No greatest: a number far above it is read as less than it is.
const NO_MOST: i32 = i32::MAX;

impl Walker<'_> {
    /// Checks a number, or a length, against the limits of its field. Whether it keeps them.
    pub(crate) fn check_bounds(
        &mut self,
        ty: Type,
        size: i64,
        start: usize,
        below: Rule,
        above: Rule,
    ) -> bool {
        let [flags, least, most] = *ty.limits();
        let wrong = if flags & tags::BOUNDED == 0 {
            None
        } else if size < least.into() {
            Some((below, least))
        } else if size > most.into() && most != NO_MOST {
            Some((above, most))
        } else {
            None
        };
        if let Some((rule, limit)) = wrong {
            self.wrong_limit(start, rule, limit);
        }
        wrong.is_none()
    }

    /// Checks the text of a request. The place is behind the token, which begins at `start`.
    pub(crate) fn check_text(&mut self, ty: Type, token: &[u8], start: usize) {
        match ty.tag() {
            tags::GUID if !is_guid(token) => return self.wrong(start, Rule::Format),
            tags::FIELD_NAME if self.put_wire_path(start, token).0 >= tags::KIND_OBJECT => {
                self.wrong(start, Rule::Unsupported);
            }
            tags::ENUM if !ty.entry().has(token) => return self.wrong(start, Rule::Unsupported),
            tags::SEARCH_FIELD if !self.method.searched(token) => {
                return self.wrong(start, Rule::Unsupported);
            }
            tags::INT64 => {
                self.check_bounds(ty, text::integer(token), start, Rule::Min, Rule::Max);
                return;
            }
            _ => {}
        }
        self.check_bounds(ty, text::characters(token) as i64, start, Rule::MinLength, Rule::MaxLength);
        let key = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
        if ty.limits()[0] & tags::KEY != 0 && !token.iter().all(key) {
            self.wrong(start, Rule::Format);
        }
    }

    /// Puts the dotted path on the wire where that of the caller stood, from `start` to here: `contact._id` is
    /// `contact.id`. Gives the kind of the field, and its bit.
    pub(crate) fn put_wire_path(&mut self, start: usize, path: &[u8]) -> (u8, u32) {
        self.replace(start, b"\"");
        let begin = self.out.len();
        for segment in path.split(|byte| *byte == b'.') {
            let wire = segment.strip_prefix(b"_").filter(|wire| self.is_js() && schema::is_underscored(wire));
            text::put(&mut self.out, wire.unwrap_or(segment));
            self.out.push(b'.');
        }
        self.out.pop();
        let kind = self.method.kind(self.out.get(begin..).unwrap_or_default());
        self.out.push(b'"');
        kind
    }
}
