//! The walker: reads JSON text once against its type, checks everything, and copies what it reads to the output
//! with the names and dates of the other side. Runs of text that stay as they are are copied whole.

use super::scan::{self, Broken, First, MAX_DEPTH, Raw, Scan};
use super::schema::{Field, FieldNames, Record, Type};
use super::text;
use super::violation::{Path, Rule, put_violation};
use super::{Bytes, Naming, tags};
use core::ops::Range;

/// More violations than anyone reads, in bytes of JSON.
const MAX_VIOLATIONS: usize = 16_000;

/// What the text is.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    /// An answer: held to its types, and the first violation ends the walk. Unknown fields and names are tolerated.
    Answer,
    /// A request: held to its types and limits, all violations are found, unknown fields are refused. Filters
    /// and sorts may name these.
    Request(FieldNames),
}

pub(crate) struct Walker<'a> {
    pub(crate) scan: Scan<'a>,
    /// Everything before this place is in `out`, or left out.
    pub(crate) copied: usize,
    pub(crate) out: Bytes,
    pub(crate) naming: Naming,
    pub(crate) role: Role,
    /// As JSON, each with a comma behind it.
    pub(crate) violations: Bytes,
    pub(super) depth: u32,
    /// How many conditions and values the filter has.
    pub(crate) filter_size: usize,
    /// The place of the answer's field that is wanted alone, and where its text stands in `out`.
    pub(super) unwrap: Option<u8>,
    pub(super) unwrapped: Option<Range<usize>>,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(text: &'a [u8], naming: Naming, role: Role) -> Self {
        // An answer grows by its underscores and shrinks by its dates.
        let out = Bytes::with_capacity(text.len() + text.len() / 8 + 64);
        Self {
            scan: Scan::new(text),
            copied: 0,
            out,
            naming,
            role,
            violations: Bytes::new(),
            depth: 0,
            filter_size: 0,
            unwrap: None,
            unwrapped: None,
        }
    }

    /// Copies what was read since the last copy.
    #[inline]
    pub(crate) fn flush(&mut self, to: usize) {
        text::put(&mut self.out, self.scan.text.get(self.copied..to).unwrap_or_default());
        self.copied = to;
    }

    /// Puts these bytes where the text from `from` to here stood.
    pub(crate) fn replace(&mut self, from: usize, bytes: &[u8]) {
        self.flush(from);
        text::put(&mut self.out, bytes);
        self.copied = self.scan.at;
    }

    /// The same, in quotes.
    pub(crate) fn replace_string(&mut self, from: usize, text: &[u8]) {
        self.replace(from, b"\"");
        text::put(&mut self.out, text);
        self.out.push(b'"');
    }

    /// Starts copying here: what stands before was not meant for the output.
    pub(crate) fn skip_copy(&mut self) {
        self.copied = self.scan.at;
    }

    pub(crate) fn is_request(&self) -> bool {
        matches!(self.role, Role::Request(_))
    }

    /// Whether the caller's side goes by JavaScript's names. A page's module knows no other.
    #[inline]
    pub(crate) fn is_js(&self) -> bool {
        cfg!(page) || self.naming == Naming::Js
    }

    /// Notes a violation; an answer is given up at its first.
    #[cold]
    pub(crate) fn wrong(
        &mut self,
        path: &Path<'_>,
        rule: Rule,
        threshold: Option<i64>,
    ) -> Result<(), Broken> {
        if self.violations.len() < MAX_VIOLATIONS {
            put_violation(&mut self.violations, path, rule, threshold);
        }
        if self.is_request() { Ok(()) } else { Err(Broken) }
    }

    /// Notes that the value that comes next has another type, and passes over it.
    pub(crate) fn wrong_type(&mut self, path: &Path<'_>) -> Result<(), Broken> {
        self.wrong(path, Rule::Type, None)?;
        self.scan.skip(self.depth)
    }

    fn deeper(&mut self) -> Result<(), Broken> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(Broken) } else { Ok(()) }
    }

    /// Whether a `null` comes next; if so, it is passed over.
    #[inline]
    pub(crate) fn null(&mut self) -> bool {
        self.scan.next() == b'n' && self.scan.take_all(b"null")
    }

    /// Reads a value against its type; `field` has the limits of the field that holds it.
    pub(crate) fn value(&mut self, ty: Type, field: Option<&Field>, path: &Path<'_>) -> Result<(), Broken> {
        let (tag, rest) = ty.open();
        let byte = self.scan.next();
        match (tag, byte) {
            (tags::INT, b'-' | b'0'..=b'9') => self.int(field, path),
            (
                tags::STR
                | tags::GUID
                | tags::DATE
                | tags::INT64
                | tags::ENUM
                | tags::FIELD_NAME
                | tags::SEARCH_FIELD,
                b'"',
            ) => self.text(tag, rest, field, path),
            (tags::RECORD, b'{') => {
                self.deeper()?;
                self.record(rest.record(), path)?;
                self.depth -= 1;
                Ok(())
            }
            (tags::LIST, b'[') => {
                self.deeper()?;
                self.list(rest.inner(), field, path)?;
                self.depth -= 1;
                Ok(())
            }
            (tags::MAP, b'{') => {
                self.deeper()?;
                let mut members = self.scan.members()?;
                while !self.scan.ends(&mut members)? {
                    let key = self.unknown_key(&members)?;
                    self.value(rest.inner(), None, &Path::Member(path, key.bytes))?;
                }
                self.depth -= 1;
                Ok(())
            }
            (tags::BOOL, b't' | b'f') => self.scan.literal(),
            (tags::FLOAT, b'-' | b'0'..=b'9') => self.scan.number().map(drop),
            (tags::FLOAT, b'"') => self.float_text(path),
            (tags::FILTER, b'{') => self.filter(path, 0),
            (tags::JSON, _) => self.any(path),
            _ => self.wrong_type(path),
        }
    }

    /// Any JSON. An answer's keys are renamed at every depth; a request's own JSON is the caller's.
    pub(super) fn any(&mut self, path: &Path<'_>) -> Result<(), Broken> {
        match self.scan.next() {
            b'{' => {
                self.deeper()?;
                let mut members = self.scan.members()?;
                while !self.scan.ends(&mut members)? {
                    self.unknown_key(&members)?;
                    self.any(path)?;
                }
                self.depth -= 1;
                Ok(())
            }
            b'[' => {
                self.deeper()?;
                let mut items = self.scan.items()?;
                while self.scan.item(&mut items)? {
                    self.any(path)?;
                }
                self.depth -= 1;
                Ok(())
            }
            b'"' if self.is_request() => {
                let start = self.scan.at;
                let raw = self.scan.string()?;
                if self.is_marker(raw) {
                    self.scan.at = start;
                    return self.wrong_type(path);
                }
                Ok(())
            }
            _ => self.scan.skip(self.depth),
        }
    }

    /// Reads a key that the schema doesn't know, up to its value. In an answer for JavaScript, `id` becomes `_id`
    /// there too, unless the object has both.
    pub(super) fn unknown_key(&mut self, members: &First) -> Result<Raw<'a>, Broken> {
        self.scan.space();
        let start = self.scan.at;
        let key = self.scan.string()?;
        if !self.is_request() && self.is_js() {
            let mut room = Bytes::new();
            let twin: &[u8] = match text::plain(key, &mut room) {
                b"id" => b"_id",
                b"createdDate" => b"_createdDate",
                b"updatedDate" => b"_updatedDate",
                _ => b"",
            };
            let object = self.scan.text.get(members.open..).unwrap_or_default();
            if !twin.is_empty() && scan::get(object, twin).is_none() {
                self.flush(start + 1);
                self.out.push(b'_');
            }
        }
        self.scan.expect(b':')?;
        Ok(key)
    }

    fn list(&mut self, item: Type, field: Option<&Field>, path: &Path<'_>) -> Result<(), Broken> {
        let mut items = self.scan.items()?;
        let mut length = 0;
        while self.scan.item(&mut items)? {
            self.value(item, None, &Path::Item(path, length))?;
            length += 1;
        }
        match field {
            Some(field) if field.has(tags::LEN) => self.check_length(field, length, path),
            _ => Ok(()),
        }
    }

    /// Reads a whole answer. Gives the range in `out` of the one field that is wanted, or of all.
    pub(crate) fn answer(&mut self, record: Record, unwrap: Option<u8>) -> Result<Range<usize>, Broken> {
        self.unwrap = unwrap;
        self.scan.space();
        self.skip_copy();
        if self.scan.peek() != b'{' {
            self.wrong_type(&Path::Root)?;
        }
        self.record(record, &Path::Root)?;
        self.flush(self.scan.at);
        self.scan.end()?;
        Ok(self.unwrapped.take().unwrap_or(0..self.out.len()))
    }
}
