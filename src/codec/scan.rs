//! Reads JSON text token by token. Builds nothing, never looks past the end.
//!
//! Text that is no JSON breaks the scan for good: from then on it stands at the end, where nothing begins, so every
//! loop ends by itself. Whoever reads looks at `broken` once, behind everything.
//!
//! What is accepted is what `JSON.parse` accepts. In a page's module that is `JSON.parse`'s own work, which reads what
//! goes out of here anyway: there, the insides of numbers, literals and escapes are not looked at once more.

use super::Text;
use super::schema::Fields;

/// How deep text may nest. Ours nests to 12; a stack has room for hundreds.
pub(crate) const MAX_DEPTH: u32 = 64;

/// A place in JSON text.
pub(crate) struct Scan<'a> {
    pub(crate) text: Text<'a>,
    pub(crate) at: usize,
    /// The text is not JSON, or nested deeper than anything of ours.
    pub(crate) broken: bool,
    pub(crate) depth: u32,
}

/// An object or an array that is being read.
pub(crate) struct Inside {
    first: bool,
    close: u8,
    /// Where it begins.
    pub(crate) start: usize,
    /// How often somebody looked for another of its members.
    pub(crate) looks: u8,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(text: Text<'a>) -> Self {
        Self { text, at: text.start(), broken: false, depth: 0 }
    }

    /// The next byte, or 0 at the end, which no token begins with.
    #[inline]
    pub(crate) fn peek(&self) -> u8 {
        self.text.byte(self.at)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn fail(&mut self) {
        self.broken = true;
        self.at = self.text.end();
    }

    /// The first byte of the next token. Machines write no space, so the common case is one comparison.
    #[inline]
    pub(crate) fn next(&mut self) -> u8 {
        let byte = self.peek();
        if byte > b' ' { byte } else { self.behind_space() }
    }

    #[cold]
    #[inline(never)]
    fn behind_space(&mut self) -> u8 {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
        self.peek()
    }

    /// Takes the byte if it comes next.
    #[inline(never)]
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let found = self.next() == byte;
        self.at += usize::from(found);
        found
    }

    #[inline(never)]
    pub(crate) fn expect(&mut self, byte: u8) {
        if !self.take(byte) {
            self.fail();
        }
    }

    /// Takes these very bytes if they come next.
    #[inline(never)]
    pub(crate) fn take_all(&mut self, bytes: &[u8]) -> bool {
        let found = self.text.has(self.at, bytes);
        if found {
            self.at += bytes.len();
        }
        found
    }

    /// Whether all was JSON, and nothing but space is left.
    pub(crate) fn is_whole(&mut self) -> bool {
        self.next();
        !self.broken && self.at == self.text.end()
    }

    /// What was read since `start`.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.text.between(start, self.at)
    }

    /// Reads a string, whose first quote comes next, and gives what stands between its quotes.
    #[inline(never)]
    pub(crate) fn string(&mut self) -> &'a [u8] {
        self.at += 1;
        let start = self.at;
        loop {
            while let Some(word) = self.text.word(self.at) {
                let plain = plain_bytes(word);
                self.at += plain;
                if plain < 8 {
                    break;
                }
            }
            let byte = self.peek();
            if byte < b' ' {
                // A control character, or the end of the text.
                self.fail();
                return b"";
            }
            self.at += 1;
            match byte {
                b'"' => return self.text.between(start, self.at - 1),
                b'\\' => self.escape(),
                _ => {}
            }
        }
    }

    #[cfg(page)]
    fn escape(&mut self) {
        self.at += 1;
    }

    #[cfg(not(page))]
    fn escape(&mut self) {
        let byte = self.peek();
        self.at += 1;
        if byte == b'u' {
            for _ in 0..4 {
                if !self.peek().is_ascii_hexdigit() {
                    return self.fail();
                }
                self.at += 1;
            }
        } else if !b"\"\\/bfnrt".contains(&byte) {
            self.fail();
        }
    }

    #[cfg(page)]
    #[inline(never)]
    pub(crate) fn number(&mut self) -> &'a [u8] {
        let start = self.at;
        while matches!(self.peek(), b'-' | b'+' | b'.' | b'0'..=b'9' | b'e' | b'E') {
            self.at += 1;
        }
        self.since(start)
    }

    /// Reads a number, which comes next.
    #[cfg(not(page))]
    pub(crate) fn number(&mut self) -> &'a [u8] {
        let start = self.at;
        self.at += usize::from(self.peek() == b'-');
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.digits();
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits();
        }
        if self.peek() | 32 == b'e' {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), b'+' | b'-'));
            self.digits();
        }
        self.since(start)
    }

    /// Reads digits; at least one.
    #[cfg(not(page))]
    fn digits(&mut self) {
        if !self.peek().is_ascii_digit() {
            self.fail();
        }
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
    }

    /// Reads `true`, `false` or `null`, which comes next. The gap behind a text is longer than either.
    #[cfg(page)]
    #[inline(never)]
    pub(crate) fn literal(&mut self) {
        self.at += if self.peek() == b'f' { 5 } else { 4 };
    }

    /// Reads `true`, `false` or `null`, which comes next.
    #[cfg(not(page))]
    pub(crate) fn literal(&mut self) {
        if !self.take_all(b"true") && !self.take_all(b"false") && !self.take_all(b"null") {
            self.fail();
        }
    }

    /// Passes over one value of any type.
    pub(crate) fn skip(&mut self) {
        match self.next() {
            b'"' => {
                self.string();
            }
            b'-' | b'0'..=b'9' => {
                self.number();
            }
            byte @ (b'{' | b'[') => {
                let mut inside = self.open();
                while self.more(&mut inside) {
                    if byte == b'{' {
                        self.key();
                    }
                    self.skip();
                }
            }
            _ => self.literal(),
        }
    }

    /// Goes into the object or the array that comes next.
    #[inline(never)]
    pub(crate) fn open(&mut self) -> Inside {
        // Of both kinds, the closing bracket stands two behind the opening one.
        let close = self.next().wrapping_add(2);
        let start = self.at;
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.fail();
        }
        Inside { first: true, close, start, looks: 0 }
    }

    /// Whether another member or item comes; else the place is behind the bracket.
    #[inline(never)]
    pub(crate) fn more(&mut self, inside: &mut Inside) -> bool {
        let byte = self.next();
        if byte == inside.close {
            self.at += 1;
            self.depth -= 1;
            return false;
        }
        if core::mem::take(&mut inside.first) {
            return !self.broken;
        }
        self.at += 1;
        if byte != b',' {
            self.fail();
        }
        !self.broken
    }

    /// Takes the member's key, up to its value, if it is this one and written as machines write it. In the common
    /// case that is all that is done about a key.
    #[inline]
    pub(crate) fn take_key(&mut self, name: &[u8]) -> bool {
        let start = self.at + 1;
        let end = start + name.len();
        let found = self.peek() == b'"'
            && self.text.has(start, name)
            && self.text.byte(end) == b'"'
            && self.text.byte(end + 1) == b':';
        if found {
            self.at = end + 2;
        }
        found
    }

    /// Takes the member's key if it is that of a field. The next one is tried first: writers keep to an order.
    #[inline(never)]
    pub(crate) fn take_field(&mut self, fields: &mut Fields) -> bool {
        for _ in 0..2 {
            while fields.advance() {
                if self.take_key(fields.field.name) {
                    return true;
                }
            }
            fields.rewind();
        }
        false
    }

    /// Reads the key of a member, up to its value.
    #[inline(never)]
    pub(crate) fn key(&mut self) -> &'a [u8] {
        if self.next() != b'"' {
            self.fail();
            return b"";
        }
        let key = self.string();
        self.expect(b':');
        key
    }
}

/// How many bytes of a word come before a quote, a backslash or a control character.
#[inline]
fn plain_bytes(word: u64) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // The high bit of each byte that is below `than`; bits above the first such byte may be wrong.
    let below = |word: u64, than: u64| word.wrapping_sub(EACH * than) & !word;
    let found = below(word ^ (EACH * 0x22), 1) | below(word ^ (EACH * 0x5c), 1) | below(word, 0x20);
    ((found & (EACH << 7)).trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_json_is_what_serde_reads() {
        for text in [
            "1",
            "-1",
            "0",
            "-0",
            "01",
            "-",
            "1.",
            "1.5",
            ".5",
            "1e5",
            "1E+5",
            "1e",
            "1e+",
            "1.e1",
            "--1",
            "+1",
            "0.0",
            "00",
            "0e0",
            "true",
            "tru",
            "nul",
            "null",
            "falsey",
            "\"\"",
            "\"a",
            "\"\\\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\\u1234\"",
            "\"\\x\"",
            "\"\u{1}\"",
            "\"12345678\"",
            "\"1234567\\n9\"",
            "\"é\"",
            "[]",
            "[1]",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[",
            "]",
            "[}",
            "{}",
            "{\"a\":1}",
            "{\"a\":1,}",
            "{,}",
            "{\"a\"}",
            "{a:1}",
            "{\"a\":1 \"b\":2}",
            "{]",
            " [ 1 , 2 ] ",
            "1 2",
            "",
            " ",
            "\u{c}1",
        ] {
            let mut scan = Scan::new(Text::new(text.as_bytes()));
            scan.skip();
            let expected = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(scan.is_whole(), expected, "{text}");
        }
    }
}
