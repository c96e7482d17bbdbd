//! Numbers and texts against their types.

use super::scan::{Broken, Raw};
use super::schema::{Field, Reader};
use super::text::{self, Integer};
use super::violation::{Path, Rule};
use super::walk::Walker;
use super::{Bytes, MARKER, tags};
use loyalty_contract::time::Timestamp;
use loyalty_contract::values::is_int64;

impl Walker<'_> {
    pub(super) fn int(&mut self, field: Option<&Field>, path: &Path<'_>) -> Result<(), Broken> {
        let number = text::integer(self.scan.number()?);
        if self.is_request()
            && let Some(field) = field
            && field.has(tags::RANGE)
            && number != Integer::No
        {
            let (least, most) = field.range();
            let (below, above) = match number {
                Integer::Safe(number) => (number < least, number > most),
                Integer::Huge(negative) => (negative, !negative),
                Integer::No => (false, false),
            };
            if below {
                return self.wrong(path, Rule::Min, Some(least));
            }
            if above {
                return self.wrong(path, Rule::Max, Some(most));
            }
            if field.has(tags::NON_ZERO) && number == Integer::Safe(0) {
                return self.wrong(path, Rule::NonZero, None);
            }
        }
        match number {
            Integer::Safe(_) => Ok(()),
            _ => self.wrong(path, Rule::Type, None),
        }
    }

    /// `"NaN"`, `"Infinity"`, `"-Infinity"`: how decimals that JSON can't hold travel.
    pub(super) fn float_text(&mut self, path: &Path<'_>) -> Result<(), Broken> {
        let start = self.scan.at;
        let mut raw = self.scan.string()?;
        let marked = self.is_marker(raw);
        if marked {
            raw.bytes = raw.bytes.get(MARKER.len()..).unwrap_or_default();
        }
        if !matches!(raw.bytes, b"NaN" | b"Infinity" | b"-Infinity") {
            self.scan.at = start;
            return self.wrong_type(path);
        }
        if marked {
            self.replace_string(start, raw.bytes);
        }
        Ok(())
    }

    /// Whether a string is the shell's sign for a value that JSON can't hold.
    pub(crate) fn is_marker(&self, raw: Raw<'_>) -> bool {
        raw.escaped && self.is_request() && self.is_js() && raw.bytes.starts_with(MARKER)
    }

    pub(super) fn text(
        &mut self,
        tag: u8,
        rest: Reader,
        field: Option<&Field>,
        path: &Path<'_>,
    ) -> Result<(), Broken> {
        let start = self.scan.at;
        let raw = self.scan.string()?;
        if self.is_marker(raw) {
            self.scan.at = start;
            return self.wrong_type(path);
        }
        match tag {
            tags::DATE => {
                let Some(moment) = Timestamp::parse(text::plain(raw, &mut Bytes::new())) else {
                    return self.wrong(path, Rule::Format, None);
                };
                if !self.is_request() && self.is_js() {
                    self.replace(start, b"");
                    text::push_integer(&mut self.out, moment.0);
                }
            }
            tags::INT64 if !is_int64(text::plain(raw, &mut Bytes::new())) => {
                return self.wrong(path, Rule::Format, None);
            }
            _ => {}
        }
        if self.is_request() { self.check_text(tag, rest, field, raw, start, path) } else { Ok(()) }
    }
}
