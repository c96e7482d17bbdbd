//! The walker: reads JSON text once against its type, checks everything, and copies what it reads to the output
//! with the names and dates of the other side. Runs of text that stay as they are are copied whole.

use super::limits::is_renamed;
use super::scan::{self, Inside, Scan};
use super::schema::{FieldNames, Type};
use super::text;
use super::violation::{NO_LIMIT, Path, Rule, put_violation};
use super::{Bytes, Naming, tags};
use core::ops::Range;

/// More violations than anyone reads, in bytes of JSON.
const MAX_VIOLATIONS: usize = 16_000;

pub(crate) struct Walker<'a> {
    pub(crate) scan: Scan<'a>,
    /// Everything before this place is in `out`, or left out.
    pub(crate) copied: usize,
    pub(crate) out: Bytes,
    pub(crate) naming: Naming,
    /// Whether the text is a request: held to its types and limits, all violations are found, unknown fields are
    /// refused. An answer is held to its types, and the first violation ends the walk; unknown fields and names are
    /// tolerated.
    pub(crate) request: bool,
    /// What the filters and sorts of a request may name.
    pub(crate) fields: FieldNames,
    /// As JSON, each with a comma behind it.
    pub(crate) violations: Bytes,
    /// How many conditions and values the filter has.
    pub(crate) filter_size: usize,
    /// The bit of the answer's field that is wanted alone, and where its text stands in `out`.
    pub(crate) unwrap: u32,
    pub(crate) unwrapped: Range<usize>,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(text: &'a [u8], naming: Naming, request: bool, fields: FieldNames) -> Self {
        // An answer grows by its underscores and shrinks by its dates.
        let out = Bytes::with_capacity(text.len() + text.len() / 8 + 64);
        Self {
            scan: Scan::new(text),
            copied: 0,
            out,
            naming,
            request,
            fields,
            violations: Bytes::new(),
            filter_size: 0,
            unwrap: 0,
            unwrapped: 0..0,
        }
    }

    /// Copies what was read since the last copy.
    #[inline(never)]
    pub(crate) fn flush(&mut self, to: usize) {
        text::put(&mut self.out, self.scan.text.get(self.copied..to).unwrap_or_default());
        self.copied = to;
    }

    /// Puts these bytes where the text from `from` to here stood.
    #[inline(never)]
    pub(crate) fn replace(&mut self, from: usize, bytes: &[u8]) {
        self.flush(from);
        text::put(&mut self.out, bytes);
        self.copied = self.scan.at;
    }

    /// The same, in quotes.
    #[inline(never)]
    pub(crate) fn replace_string(&mut self, from: usize, text: &[u8]) {
        self.replace(from, b"");
        text::put_quoted(&mut self.out, text);
    }

    /// Puts an underscore behind the quote at `start`.
    #[inline(never)]
    pub(super) fn underscore(&mut self, start: usize) {
        self.flush(start + 1);
        self.out.push(b'_');
    }

    /// Starts copying here: what stands before was not meant for the output.
    pub(crate) fn skip_copy(&mut self) {
        self.scan.next();
        self.copied = self.scan.at;
    }

    /// Whether the caller's side goes by JavaScript's names. A page's module knows no other.
    #[inline]
    pub(crate) fn is_js(&self) -> bool {
        cfg!(page) || self.naming == Naming::Js
    }

    /// Notes a violation; an answer is given up at its first.
    #[cold]
    #[inline(never)]
    pub(crate) fn wrong(&mut self, path: &Path<'_>, rule: Rule) {
        self.wrong_limit(path, rule, NO_LIMIT);
    }

    /// The same, with the limit.
    #[cold]
    #[inline(never)]
    pub(crate) fn wrong_limit(&mut self, path: &Path<'_>, rule: Rule, threshold: i64) {
        if self.violations.len() < MAX_VIOLATIONS {
            put_violation(&mut self.violations, path, rule, threshold);
        }
        if !self.request {
            self.scan.fail();
        }
    }

    /// Notes that the value that comes next has another type, and passes over it.
    #[cold]
    #[inline(never)]
    pub(crate) fn wrong_type(&mut self, path: &Path<'_>) {
        self.wrong(path, Rule::Type);
        self.scan.skip();
    }

    /// Whether a `null` comes next; if so, it is passed over.
    #[inline]
    pub(crate) fn null(&mut self) -> bool {
        self.scan.next() == b'n' && self.scan.take_all(b"null")
    }

    /// Reads a value against its type; `flags` are those of the field that holds it.
    pub(crate) fn value(&mut self, ty: Type, flags: u8, path: &Path<'_>) {
        let (tag, rest) = ty.open();
        let byte = self.scan.next();
        let fits = match byte {
            b'"' => tags::IN_QUOTES,
            b'{' => tags::IN_BRACES,
            b'[' => 1 << tags::LIST,
            b't' | b'f' => 1 << tags::BOOL,
            b'-' | b'0'..=b'9' => 1 << tags::INT | 1 << tags::FLOAT,
            _ => 0,
        };
        if tag == tags::JSON {
            return self.any(path);
        }
        if fits >> tag & 1 == 0 {
            return self.wrong_type(path);
        }
        match tag {
            tags::INT => self.int(ty, flags, path),
            tags::BOOL => self.scan.literal(),
            tags::FLOAT if byte == b'"' => self.float_text(path),
            tags::FLOAT => {
                self.scan.number();
            }
            tags::RECORD => {
                let mut inside = self.scan.open();
                let record = rest.record();
                let seen = self.members(record, &mut inside, 0, path);
                self.complete(record, seen, None, path);
            }
            tags::LIST => {
                let mut inside = self.scan.open();
                let mut length = 0;
                while self.scan.more(&mut inside) {
                    self.value(rest.inner(), 0, &Path::Item(path, length));
                    length += 1;
                }
                if self.request && flags & tags::LEN != 0 {
                    self.check_length(ty, length, path);
                }
            }
            tags::MAP => {
                let mut inside = self.scan.open();
                while self.scan.more(&mut inside) {
                    let key = self.unknown_key(&mut inside);
                    self.value(rest.inner(), 0, &Path::Member(path, key));
                }
            }
            tags::FILTER => self.filter(path, 0),
            _ => self.text(ty, flags, path),
        }
    }

    /// Any JSON. An answer's keys are renamed at every depth; a request's own JSON is the caller's.
    pub(super) fn any(&mut self, path: &Path<'_>) {
        match self.scan.next() {
            byte @ (b'{' | b'[') => {
                let mut inside = self.scan.open();
                while self.scan.more(&mut inside) {
                    if byte == b'{' {
                        self.unknown_key(&mut inside);
                    }
                    self.any(path);
                }
            }
            b'"' => {
                let token = self.scan.string();
                if self.is_marker(token) {
                    self.wrong(path, Rule::Type);
                }
            }
            _ => self.scan.skip(),
        }
    }

    /// Reads a key that the schema doesn't know, up to its value. In an answer for JavaScript, `id` becomes `_id`
    /// there too, unless the object has both.
    #[inline(never)]
    pub(super) fn unknown_key(&mut self, inside: &mut Inside) -> &'a [u8] {
        self.scan.next();
        let start = self.scan.at;
        let key = self.scan.key();
        if !self.request && self.is_js() {
            let mut room = Bytes::new();
            let name = text::plain(key, &mut room);
            // An object has three such names. One that repeats them for ever must not make us look for ever.
            if is_renamed(name) && inside.looks < 3 {
                inside.looks += 1;
                let mut twin = Bytes::new();
                twin.push(b'_');
                text::put(&mut twin, name);
                if scan::get(self.scan.text.get(inside.start..).unwrap_or_default(), &twin).is_empty() {
                    self.underscore(start);
                }
            }
        }
        key
    }
}
