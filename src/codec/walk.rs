//! The walker: reads JSON text once against its type, checks everything, and copies what it reads to the output
//! with the names and dates of the other side. Runs of text that stay as they are are copied whole.

use super::scan::{self, Broken, First, MAX_DEPTH, Raw, Scan};
use super::schema::{Args, Field, FieldNames, Reader, Record, Type};
use super::text::{self, Integer};
use super::violation::{Path, Rule, put_violation};
use super::{Bytes, Naming, tags};
use core::ops::Range;
use loyalty_contract::time::Timestamp;
use loyalty_contract::values::is_int64;

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
    depth: u32,
    /// How many conditions and values the filter has.
    pub(crate) filter_size: usize,
    /// The place of the answer's field that is wanted alone, and where its text stands in `out`.
    unwrap: Option<u8>,
    unwrapped: Option<Range<usize>>,
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
    fn any(&mut self, path: &Path<'_>) -> Result<(), Broken> {
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
    fn unknown_key(&mut self, members: &First) -> Result<Raw<'a>, Broken> {
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

    fn record(&mut self, record: Record, path: &Path<'_>) -> Result<(), Broken> {
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
    fn take_key(&mut self, name: &[u8]) -> bool {
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
    fn rare_member(
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
    fn member(&mut self, field: &Field, seen: &mut u32, taken: u32, path: &Path<'_>) -> Result<(), Broken> {
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

    fn int(&mut self, field: Option<&Field>, path: &Path<'_>) -> Result<(), Broken> {
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
    fn float_text(&mut self, path: &Path<'_>) -> Result<(), Broken> {
        let start = self.scan.at;
        let mut raw = self.scan.string()?;
        let marked = self.is_marker(raw);
        if marked {
            raw.bytes = raw.bytes.get(super::MARKER.len()..).unwrap_or_default();
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
        raw.escaped && self.is_request() && self.is_js() && raw.bytes.starts_with(super::MARKER)
    }

    fn text(&mut self, tag: u8, rest: Reader, field: Option<&Field>, path: &Path<'_>) -> Result<(), Broken> {
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
