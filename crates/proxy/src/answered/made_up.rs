//! Answers made up from a record, as text: sound ones in every layout, and ones with mistakes of every kind.

use loyalty_contract::schema::{Field, Record, Type};

/// A made-up answer's maker: the same seed makes the same text.
pub(super) struct Maker {
    state: u64,
    /// Whether mistakes may be made.
    pub(super) errs: bool,
    pub(super) text: String,
}

const NAMES: [&str; 8] = ["__proto__", "trace", "constructor", "prototype", "a", "Id", "x y", "ключ"];
const STRANGE_NAMES: [&str; 4] = [r"\u0069d", r"__pro\u0074o__", r#"a\"b"#, r"i\u0064"];
const TEXTS: [&str; 8] =
    ["", "Anna", r#"\"quoted\" \\ \/"#, r"line\nbreak\t", r"\u00e9\u2028", "Zoë 🎉", "}],:{[", r"a\u0000b"];
const STRANGE_TEXTS: [&str; 6] = [r"\ud83c\udf89", r"\ud800", r"\x", r"\u12", "a\u{1}b", "two\nlines"];
const NUMBERS: [&str; 6] = ["0", "7", "-3", "1250", "999999999999999", "-999999999999999"];
const STRANGE_NUMBERS: [&str; 14] = [
    "1e5",
    "-0",
    "1.0",
    "01",
    "9007199254740991",
    "9007199254740992",
    "18446744073709551616",
    "1E400",
    "1.5e-3",
    "-",
    "+1",
    "0.30000000000000004",
    "1.",
    "NaN",
];
const DECIMALS: [&str; 5] = ["0.5", "-0.25", "12.50", "99.99", "0.10000000000000"];
const DATES: [&str; 5] = [
    "2026-01-05T09:30:00.000Z",
    "2024-02-29",
    "2024-02-29T10:00Z",
    "2024-02-29T10:00:00.123456789+02:00",
    "1970-01-01T00:00:00Z",
];
const ID: &str = "553c79f3-5625-4f38-b14b-ef7c0d1e87df";

impl Maker {
    pub(super) fn new(seed: u64, errs: bool) -> Self {
        Self { state: seed, errs, text: String::new() }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn errs(&mut self) -> bool {
        self.errs && self.one_in(60)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn space(&mut self) {
        if self.one_in(12) {
            let space = self.pick(&[" ", "\n  ", "\t", "\r\n"]);
            self.text.push_str(space);
        }
    }

    fn push(&mut self, token: &str) {
        self.space();
        self.text.push_str(token);
        self.space();
    }

    fn quoted(&mut self, text: &str) {
        self.push(&format!("\"{text}\""));
    }

    fn name(&mut self, name: &str) {
        self.quoted(name);
        self.push(":");
    }

    pub(super) fn record(&mut self, record: &'static Record) {
        let mut fields: Vec<&Field> = record.fields.iter().collect();
        if self.one_in(3) {
            for at in (1..fields.len()).rev() {
                let other = self.below(at + 1);
                fields.swap(at, other);
            }
        }
        self.push("{");
        let mut first = true;
        let mut unknown = NAMES.to_vec();
        for field in fields {
            while self.one_in(9) && !unknown.is_empty() {
                let at = self.below(unknown.len());
                let name = unknown.swap_remove(at);
                self.comma(&mut first);
                self.name(name);
                self.any(3);
            }
            if (!field.required && self.one_in(3)) || self.errs() {
                continue;
            }
            let times = if self.errs() { 2 } else { 1 };
            for _ in 0..times {
                self.comma(&mut first);
                let name = if self.errs() { self.pick(&STRANGE_NAMES) } else { field.name };
                self.name(name);
                if (!field.required && self.one_in(6)) || self.errs() {
                    self.push("null")
                } else {
                    self.value(field.ty)
                }
            }
        }
        if self.one_in(6) {
            self.comma(&mut first);
            self.name("last");
            self.any(2);
        }
        self.push("}");
    }

    fn comma(&mut self, first: &mut bool) {
        if !*first {
            self.push(",");
        }
        *first = false;
    }

    fn value(&mut self, ty: Type) {
        if self.errs() {
            return self.any(2);
        }
        match ty {
            Type::Bool => self.one_of(&["true", "false"]),
            Type::Int => self.one_of(&NUMBERS),
            Type::Float if self.one_in(4) => self.one_of(&["\"NaN\"", "\"Infinity\"", "\"-Infinity\""]),
            Type::Float => self.one_of(&[&NUMBERS[..], &DECIMALS[..]].concat()),
            Type::Int64 => self.one_of(&["\"42\"", "\"-1\"", "\"9223372036854775807\""]),
            Type::Guid => self.quoted(ID),
            Type::Date => {
                let date = self.pick(&DATES);
                self.quoted(date);
            }
            Type::Str | Type::Enum(_) => {
                let text = self.pick(&TEXTS);
                self.quoted(text);
            }
            Type::Record(record) => self.record(record),
            Type::List(item) => self.list(*item),
            Type::Map(item) => self.map(*item),
            Type::Image | Type::Filter => self.map(Type::Json),
            Type::Json => self.any(3),
        }
    }

    fn one_of(&mut self, tokens: &[&str]) {
        let tokens = if self.errs() { &STRANGE_NUMBERS[..] } else { tokens };
        let token = self.pick(tokens);
        self.push(token);
    }

    fn list(&mut self, item: Type) {
        self.push("[");
        for at in 0..self.below(4) {
            if at > 0 {
                self.push(",");
            }
            self.value(item);
        }
        self.push("]");
    }

    fn map(&mut self, item: Type) {
        self.push("{");
        let from = self.below(NAMES.len());
        for at in 0..self.below(4) {
            if at > 0 {
                self.push(",");
            }
            let at = if self.errs() { from } else { from + at };
            self.name(NAMES[at % NAMES.len()]);
            self.value(item);
        }
        self.push("}");
    }

    fn any(&mut self, depth: usize) {
        match self.below(if depth == 0 { 4 } else { 6 }) {
            0 => self.one_of(&["null", "true", "false"]),
            1 => self.one_of(&NUMBERS),
            2 => self.one_of(&DECIMALS),
            3 => {
                let text = if self.errs() { self.pick(&STRANGE_TEXTS) } else { self.pick(&TEXTS) };
                self.quoted(text);
            }
            4 => self.list(Type::Json),
            _ => self.map(Type::Json),
        }
    }

    /// Spoils the text: a character is taken out, put in or put in the place of another, or the rest is cut off.
    pub(super) fn spoil(&mut self) {
        const PIECES: [&str; 16] =
            ["\"", "\\", "{", "}", "[", "]", ",", ":", " ", "0", "e", "-", ".", "null", "\u{0}", "\u{feff}"];
        for _ in 0..=self.below(2) {
            let places: Vec<usize> = self.text.char_indices().map(|(at, _)| at).collect();
            let Some(at) = places.get(self.below(places.len())).copied() else { return };
            let piece = self.pick(&PIECES);
            match self.below(4) {
                0 => drop(self.text.remove(at)),
                1 => self.text.insert_str(at, piece),
                2 => {
                    self.text.remove(at);
                    self.text.insert_str(at, piece);
                }
                _ => self.text.truncate(at),
            }
        }
    }
}
