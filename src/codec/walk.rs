//! The walker: reads JSON text once against its type, checks everything, and copies what it reads to the output
//! with the names and dates of the other side. Runs of text that stay as they are are copied whole.

use super::limits::is_renamed;
use super::scan::{self, Inside, Scan};
use super::schema::{Endpoint, Type};
use super::text;
use super::violation::{NO_LIMIT, Rule, put_path, put_rule};
use super::{Bytes, Naming, tags};
use core::ops::Range;

/// More violations than anyone reads, in bytes of JSON.
const MAX_VIOLATIONS: usize = 16_000;

/// The place of what isn't in the text.
pub(super) const NOWHERE: usize = usize::MAX;

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
    /// The method: what its filters and sorts may name, how its arguments are called.
    pub(crate) endpoint: Endpoint,
    /// As JSON, each with a comma behind it.
    pub(crate) violations: Bytes,
    /// The limit that the next violation is about.
    limit: i64,
    /// How many conditions and values the filter has.
    pub(crate) filter_size: usize,
    /// The bit of the answer's field that is wanted alone, and where its text stands in `out`.
    pub(crate) unwrap: u32,
    pub(crate) wanted: Range<usize>,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(text: &'a [u8], naming: Naming, request: bool, endpoint: Endpoint) -> Self {
        // An answer grows by its underscores and shrinks by its dates.
        let out = Bytes::with_capacity(text.len() + text.len() / 8 + 64);
        Self {
            scan: Scan::new(text),
            copied: 0,
            out,
            naming,
            request,
            endpoint,
            violations: Bytes::new(),
            limit: NO_LIMIT,
            filter_size: 0,
            unwrap: 0,
            wanted: 0..0,
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

    /// Starts copying here: what stands before was not meant for the output.
    pub(crate) fn skip_copy(&mut self) {
        self.scan.next();
        self.copied = self.scan.at;
    }

    /// What of `out` is wanted: the part that was asked for, or all.
    pub(crate) fn output(&self) -> Range<usize> {
        if self.wanted.end == 0 { 0..self.out.len() } else { self.wanted.clone() }
    }

    /// Whether the caller's side goes by JavaScript's names. A page's module knows no other.
    #[inline]
    pub(crate) fn is_js(&self) -> bool {
        cfg!(page) || self.naming == Naming::Js
    }

    /// Notes that something is wrong with the innermost value that holds the place `at`.
    #[cold]
    #[inline(never)]
    pub(crate) fn wrong(&mut self, at: usize, rule: Rule) {
        self.note(at, b"", b"", rule);
    }

    /// The same, with the limit.
    #[cold]
    #[inline(never)]
    pub(crate) fn wrong_limit(&mut self, at: usize, rule: Rule, limit: i64) {
        self.limit = limit;
        self.wrong(at, rule);
    }

    /// Notes a violation of the value at the place, or of its field of that name. At [`NOWHERE`] stands the argument
    /// of that name. An answer is given up at its first.
    #[cold]
    #[inline(never)]
    pub(super) fn note(&mut self, at: usize, arg: &[u8], field: &[u8], rule: Rule) {
        // Behind what broke the scan, everything would be missing.
        if self.violations.len() < MAX_VIOLATIONS && !self.scan.broken {
            let out = &mut self.violations;
            text::put(out, b"{\"field\":\"");
            let start = out.len();
            text::put(out, arg);
            if at != NOWHERE {
                let args = self.request.then(|| self.endpoint.args());
                put_path(out, &mut Scan::new(self.scan.text), at, args, true);
            }
            if out.len() > start && !field.is_empty() {
                out.push(b'.');
            }
            text::put(out, field);
            put_rule(out, rule, self.limit);
        }
        self.limit = NO_LIMIT;
        if !self.request {
            self.scan.fail();
        }
    }

    /// Notes that the value that comes next has another type, and passes over it.
    #[cold]
    #[inline(never)]
    pub(crate) fn wrong_type(&mut self) {
        self.scan.next();
        self.wrong(self.scan.at, Rule::Type);
        self.scan.skip();
    }

    /// Whether a `null` comes next; if so, it is passed over.
    #[inline]
    pub(crate) fn null(&mut self) -> bool {
        self.scan.next() == b'n' && self.scan.take_all(b"null")
    }

    /// Reads a value against its type; `flags` are those of the field that holds it.
    pub(crate) fn value(&mut self, ty: Type, flags: u8) {
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
            return self.any();
        }
        if fits >> tag & 1 == 0 {
            return self.wrong_type();
        }
        match tag {
            tags::INT => self.int(ty, flags),
            tags::BOOL => self.scan.literal(),
            tags::FLOAT if byte == b'"' => self.float_text(),
            tags::FLOAT => {
                self.scan.number();
            }
            tags::RECORD => {
                let mut inside = self.scan.open();
                let record = rest.record();
                let seen = self.members(record, &mut inside, 0);
                self.complete(record, seen, None);
            }
            tags::LIST => {
                let start = self.scan.at;
                let mut inside = self.scan.open();
                let mut length = 0;
                while self.scan.more(&mut inside) {
                    self.value(rest.inner(), 0);
                    length += 1;
                }
                if self.request && flags & tags::LEN != 0 {
                    self.check_length(ty, length, start);
                }
            }
            tags::MAP => {
                let mut inside = self.scan.open();
                while self.scan.more(&mut inside) {
                    self.unknown_key(&mut inside);
                    self.value(rest.inner(), 0);
                }
            }
            tags::FILTER => self.filter(0),
            _ => self.text(ty, flags),
        }
    }

    /// Any JSON. An answer's keys are renamed at every depth; a request's own JSON is the caller's.
    pub(super) fn any(&mut self) {
        match self.scan.next() {
            byte @ (b'{' | b'[') => {
                let mut inside = self.scan.open();
                while self.scan.more(&mut inside) {
                    if byte == b'{' {
                        self.unknown_key(&mut inside);
                    }
                    self.any();
                }
            }
            b'"' => {
                let start = self.scan.at;
                let token = self.scan.string();
                if self.is_marker(token) {
                    self.wrong(start, Rule::Type);
                }
            }
            _ => self.scan.skip(),
        }
    }

    /// Reads a key that the schema doesn't know, up to its value.
    #[inline(never)]
    fn unknown_key(&mut self, inside: &mut Inside) {
        self.scan.next();
        let start = self.scan.at;
        let key = self.scan.key();
        let mut room = Bytes::new();
        let name = text::plain(key, &mut room);
        self.rename_unknown(inside, start, name);
    }

    /// In an answer for JavaScript, `id` becomes `_id` also where the schema doesn't know it, unless the object has
    /// both. The key stands from `start` to here.
    #[inline(never)]
    pub(super) fn rename_unknown(&mut self, inside: &mut Inside, start: usize, name: &[u8]) {
        // An object has three such names. One that repeats them for ever must not make us look for ever.
        if self.request || !self.is_js() || !is_renamed(name) || inside.looks > 2 {
            return;
        }
        inside.looks += 1;
        let mut twin = Bytes::new();
        twin.push(b'_');
        text::put(&mut twin, name);
        if scan::get(self.scan.text.get(inside.start..).unwrap_or_default(), &twin).is_empty() {
            self.rename(start, b"\"", &twin);
        }
    }
}
