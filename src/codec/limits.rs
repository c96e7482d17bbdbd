//! The limits of requests, beyond types.

use super::schema::{Reader, Type};
use super::text;
use super::violation::Rule;
use super::walk::Walker;
use super::{Bytes, tags};
use loyalty_contract::guid::is_guid;

impl Walker<'_> {
    pub(crate) fn check_length(&mut self, ty: Type, length: usize, start: usize) {
        let (least, most) = ty.lengths();
        let length = length as i64;
        if length < least {
            self.wrong_limit(start, Rule::MinLength, least);
        } else if length > most {
            self.wrong_limit(start, Rule::MaxLength, most);
        }
    }

    /// Checks the text of a request. The place is behind the token, which begins at `start`.
    #[allow(clippy::too_many_arguments, reason = "one caller, which has them all at hand")]
    pub(crate) fn check_text(
        &mut self,
        ty: Type,
        tag: u8,
        rest: Reader,
        flags: u8,
        plain: &[u8],
        start: usize,
    ) {
        match tag {
            tags::GUID if !is_guid(plain) => return self.wrong(start, Rule::Format),
            tags::FIELD_NAME => {
                let name = self.wire_path(plain);
                if self.endpoint.kind(&name) >= tags::KIND_OBJECT {
                    self.wrong(start, Rule::Unsupported);
                }
                self.replace_string(start, &name);
            }
            tags::ENUM if !rest.names_has(plain) => return self.wrong(start, Rule::Unsupported),
            tags::SEARCH_FIELD if !self.endpoint.searched(plain) => {
                return self.wrong(start, Rule::Unsupported);
            }
            _ => {}
        }
        if flags & tags::LEN != 0 {
            self.check_length(ty, text::characters(plain), start);
        }
        if flags & tags::RANGE != 0 {
            let (least, _) = ty.range();
            if text::integer(plain) < least {
                self.wrong_limit(start, Rule::Min, least);
            }
        }
        let key = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
        if flags & tags::KEY != 0 && !plain.iter().all(key) {
            self.wrong(start, Rule::Format);
        }
    }

    /// The dotted path on the wire of a dotted path of the caller: `contact._id` is `contact.id`.
    pub(crate) fn wire_path(&self, path: &[u8]) -> Bytes {
        let mut out = Bytes::with_capacity(path.len());
        for (at, segment) in path.split(|byte| *byte == b'.').enumerate() {
            if at > 0 {
                out.push(b'.');
            }
            let wire = segment.strip_prefix(b"_").filter(|wire| self.is_js() && is_renamed(wire));
            text::put(&mut out, wire.unwrap_or(segment));
        }
        out
    }
}

/// Whether a name of the wire has an underscore in JavaScript.
#[inline(never)]
pub(crate) fn is_renamed(name: &[u8]) -> bool {
    text::place_in(b"id|createdDate|updatedDate|", name) < 3
}
