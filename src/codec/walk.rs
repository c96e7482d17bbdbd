//! The walker: reads JSON text once against its type, checks everything, and copies what it reads to the output
//! with the names and dates of the other side. Runs of text that stay as they are are copied whole.

use super::scan::{Inside, Scan};
use super::schema::{self, Method, Type};
use super::text;
use super::violation::{self, NO_LIMIT, Rule};
use super::{Bytes, Naming, Text, tags};

/// More violations than anyone reads, in bytes.
const MAX_VIOLATIONS: usize = 16_000;

pub(crate) struct Walker<'a> {
    pub(crate) scan: Scan<'a>,
    /// Everything before this place is in `out`, or left out.
    pub(crate) copied: usize,
    /// What was noted as wrong, if anything was, and then what is copied.
    pub(crate) out: Bytes,
    /// How much of `out` are violations.
    pub(crate) noted: usize,
    pub(crate) naming: Naming,
    /// Whether the text is a request: held to its types and limits, all violations are found, unknown fields are
    /// refused. An answer is held to its types, and the first violation ends the walk; unknown fields and names are
    /// tolerated.
    pub(crate) request: bool,
    /// The method: what its filters and sorts may name.
    pub(crate) method: Method,
    /// The limit that the next violation is about.
    limit: i32,
    /// How many conditions and values the filter has.
    pub(crate) filter_size: i32,
}

impl<'a> Walker<'a> {
    pub(crate) fn new(text: Text<'a>, out: Bytes, naming: Naming, request: bool, method: Method) -> Self {
        schema::prepare();
        Self {
            scan: Scan::new(text),
            copied: text.start(),
            out,
            noted: 0,
            naming,
            request,
            method,
            limit: NO_LIMIT,
            filter_size: 0,
        }
    }

    /// Copies what was read since the last copy.
    #[inline(never)]
    pub(crate) fn flush(&mut self, to: usize) {
        text::put(&mut self.out, self.scan.text.between(self.copied, to));
        self.copied = to;
    }

    /// Puts these bytes where the text from `from` to here stood.
    #[inline(never)]
    pub(crate) fn replace(&mut self, from: usize, bytes: &[u8]) {
        self.flush(from);
        text::put(&mut self.out, bytes);
        self.copied = self.scan.at;
    }

    /// Starts copying here: what stands before was not meant for the output.
    pub(crate) fn skip_copy(&mut self) {
        self.scan.next();
        self.copied = self.scan.at;
    }

    /// Whether the whole text was read and nothing is wrong with it. If not, `out` has the violations.
    pub(crate) fn is_fine(&mut self) -> bool {
        let fine = self.scan.is_whole() && self.noted == 0;
        if !fine {
            self.out.truncate(self.noted);
        }
        fine
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
        self.note(Some(at), 0, b"", rule);
    }

    /// The same, with the limit.
    #[cold]
    #[inline(never)]
    pub(crate) fn wrong_limit(&mut self, at: usize, rule: Rule, limit: i32) {
        self.limit = limit;
        self.wrong(at, rule);
    }

    /// Notes a violation of the value at the place, or of its field of that name. Without a place, the argument of
    /// that number is meant. An answer is given up at its first.
    #[cold]
    #[inline(never)]
    pub(super) fn note(&mut self, at: Option<usize>, argument: u8, field: &[u8], rule: Rule) {
        // Behind what broke the scan, everything would be missing.
        if self.noted < MAX_VIOLATIONS && !self.scan.broken {
            let out = &mut self.out;
            out.truncate(self.noted);
            text::put(out, b"[\"");
            match at {
                Some(at) => violation::put_path(out, &mut Scan::new(self.scan.text), at),
                None => violation::put_index(out, argument.into()),
            }
            if !field.is_empty() {
                out.push(b'.');
                text::put(out, field);
            }
            text::put(out, b"\",");
            text::push_integer(out, rule as i64);
            if self.limit != NO_LIMIT {
                out.push(b',');
                text::push_integer(out, self.limit.into());
            }
            text::put(out, b"],");
            self.noted = out.len();
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

    /// Reads a value against its type.
    pub(crate) fn value(&mut self, ty: Type) {
        let byte = self.scan.next();
        if ty.has(tags::LIST) {
            return self.list(byte, ty);
        }
        let fits = match byte {
            b'"' => tags::IN_QUOTES,
            b'{' => tags::IN_BRACES,
            b't' | b'f' => 1 << tags::BOOL,
            b'-' | b'0'..=b'9' => 1 << tags::INT | 1 << tags::FLOAT,
            _ => 0,
        };
        let tag = ty.tag();
        if tag == tags::JSON {
            return self.any();
        }
        if fits >> tag & 1 == 0 {
            return self.wrong_type();
        }
        match tag {
            tags::INT => self.int(ty),
            tags::BOOL => self.scan.literal(),
            tags::FLOAT if byte == b'"' => self.float_text(),
            tags::FLOAT => {
                self.scan.number();
            }
            tags::RECORD => {
                let mut inside = self.scan.open();
                let seen = self.members(ty.entry(), &mut inside, 0);
                self.complete(ty.entry(), seen, false);
            }
            tags::MAP => {
                let mut inside = self.scan.open();
                while self.scan.more(&mut inside) {
                    self.unknown_key(&mut inside);
                    self.value(Type::of(ty.entry()));
                }
            }
            tags::FILTER => self.filter(0),
            _ => self.text(ty),
        }
    }

    fn list(&mut self, byte: u8, ty: Type) {
        if byte != b'[' {
            return self.wrong_type();
        }
        let start = self.scan.at;
        let mut inside = self.scan.open();
        let mut length = 0;
        while self.scan.more(&mut inside) {
            self.value(ty.item());
            length += 1;
        }
        if self.request {
            self.check_bounds(ty, length, start, Rule::MinLength, Rule::MaxLength);
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
        self.rename_unknown(inside, start, key);
    }

    /// In an answer for JavaScript, `id` becomes `_id` also where the schema doesn't know it, unless the object has
    /// both. The key stands from `start` to here.
    #[inline(never)]
    pub(super) fn rename_unknown(&mut self, inside: &mut Inside, start: usize, name: &[u8]) {
        // An object has three such names. One that repeats them for ever must not make us look for ever.
        if self.request || !self.is_js() || inside.looks > 2 || !schema::is_underscored(name) {
            return;
        }
        inside.looks += 1;
        let mut scan = Scan::new(self.scan.text);
        scan.at = inside.start;
        let mut inside = scan.open();
        while scan.more(&mut inside) {
            if scan.key().strip_prefix(b"_") == Some(name) {
                return;
            }
            scan.skip();
        }
        self.underscore(start);
    }
}
