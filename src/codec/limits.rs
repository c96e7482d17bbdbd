//! The limits of requests, beyond types.

use super::scan::{Broken, Raw};
use super::schema::{Field, Reader};
use super::text::{self, Integer};
use super::violation::{Path, Rule};
use super::walk::{Role, Walker};
use super::{Bytes, tags};
use loyalty_contract::guid::is_guid;

impl Walker<'_> {
    pub(crate) fn check_length(
        &mut self,
        field: &Field,
        length: usize,
        path: &Path<'_>,
    ) -> Result<(), Broken> {
        if !self.is_request() {
            return Ok(());
        }
        let (least, most) = field.lengths();
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        if length < least {
            self.wrong(path, Rule::MinLength, Some(least))
        } else if length > most {
            self.wrong(path, Rule::MaxLength, Some(most))
        } else {
            Ok(())
        }
    }

    /// Checks the text of a request. The place is behind the token, which begins at `start`.
    pub(crate) fn check_text(
        &mut self,
        tag: u8,
        rest: Reader,
        field: Option<&Field>,
        raw: Raw<'_>,
        start: usize,
        path: &Path<'_>,
    ) -> Result<(), Broken> {
        let mut room = Bytes::new();
        let plain = text::plain(raw, &mut room);
        match tag {
            tags::GUID if !is_guid(plain) => return self.wrong(path, Rule::Format, None),
            tags::ENUM if !rest.names_has(plain) => return self.wrong(path, Rule::Unsupported, None),
            tags::FIELD_NAME => self.check_sort(plain, start, path)?,
            tags::SEARCH_FIELD if !self.searches(plain) => {
                return self.wrong(path, Rule::Unsupported, None);
            }

            _ => {}
        }
        let Some(field) = field else { return Ok(()) };
        if field.has(tags::LEN) {
            self.check_length(field, text::characters(plain), path)?;
        }
        if field.has(tags::RANGE) {
            let (least, _) = field.range();
            let below = match text::integer(plain) {
                Integer::Safe(number) => number < least,
                Integer::Huge(negative) => negative,
                Integer::No => false,
            };
            if below {
                self.wrong(path, Rule::Min, Some(least))?;
            }
        }
        let key = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
        if field.has(tags::KEY) && !plain.iter().all(key) {
            self.wrong(path, Rule::Format, None)?;
        }
        Ok(())
    }

    fn searches(&self, name: &[u8]) -> bool {
        matches!(self.role, Role::Request(fields) if fields.searched(name))
    }

    /// The name of a field to sort by: renamed, and checked against what the method lists.
    fn check_sort(&mut self, written: &[u8], start: usize, path: &Path<'_>) -> Result<(), Broken> {
        let Role::Request(fields) = self.role else { return Ok(()) };
        let name = self.wire_path(written);
        if !fields.sorted(&name) {
            return self.wrong(path, Rule::Unsupported, None);
        }
        if *name != *written {
            self.replace_string(start, &name);
        }
        Ok(())
    }

    /// The dotted path on the wire of a dotted path of the caller: `contact._id` is `contact.id`.
    pub(crate) fn wire_path(&self, path: &[u8]) -> Bytes {
        let mut out = Bytes::with_capacity(path.len());
        let mut rest = path;
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| *byte == b'.').map_or(rest.len(), |dot| dot + 1);
            let (segment, behind) = rest.split_at_checked(end).unwrap_or_default();
            let name = segment.strip_suffix(b".").unwrap_or(segment);
            let renamed = self.is_js() && matches!(name, b"_id" | b"_createdDate" | b"_updatedDate");
            text::put(&mut out, segment.get(usize::from(renamed)..).unwrap_or_default());
            rest = behind;
        }
        out
    }
}
