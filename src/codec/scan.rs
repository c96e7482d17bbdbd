//! Reads JSON text token by token. Builds nothing, never looks past the end, accepts exactly what `JSON.parse` does.

/// The text is not JSON, or nested deeper than anything of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

/// How deep text may nest. Ours nests to 12; a stack has room for hundreds.
pub(crate) const MAX_DEPTH: u32 = 64;

/// A string token without its quotes, as it stands in the text.
#[derive(Clone, Copy, Default)]
pub(crate) struct Raw<'a> {
    pub(crate) bytes: &'a [u8],
    /// Whether there is an escape in it.
    pub(crate) escaped: bool,
}

/// A place in JSON text.
#[derive(Clone)]
pub(crate) struct Scan<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        // `Response.text()` drops a byte order mark; bytes read otherwise still have it.
        Self { text, at: if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 } }
    }

    /// The next byte, or 0 at the end, which no token begins with.
    #[inline]
    pub(crate) fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    /// Passes over space. Machines write none, so the common case is one comparison.
    #[inline]
    pub(crate) fn space(&mut self) {
        if self.peek() <= b' ' {
            self.more_space();
        }
    }

    #[cold]
    #[inline(never)]
    fn more_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// The first byte of the next token.
    #[inline]
    pub(crate) fn next(&mut self) -> u8 {
        self.space();
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
    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), Broken> {
        if self.take(byte) { Ok(()) } else { Err(Broken) }
    }

    /// Takes these very bytes if they come next.
    #[inline]
    pub(crate) fn take_all(&mut self, bytes: &[u8]) -> bool {
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(bytes));
        if found {
            self.at += bytes.len();
        }
        found
    }

    /// Nothing but space is left.
    pub(crate) fn end(&mut self) -> Result<(), Broken> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(Broken) }
    }

    #[inline(never)]
    pub(crate) fn string(&mut self) -> Result<Raw<'a>, Broken> {
        self.expect(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += plain_run(self.text.get(self.at..).unwrap_or_default());
            match self.peek() {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                // A control character, or the end of the text.
                _ => return Err(Broken),
            }
        }
        let bytes = self.text.get(start..self.at).unwrap_or_default();
        self.at += 1;
        Ok(Raw { bytes, escaped })
    }

    #[cold]
    fn escape(&mut self) -> Result<(), Broken> {
        self.at += 1;
        match self.peek() {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                let digits = self.text.get(self.at + 1..self.at + 5).ok_or(Broken)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(Broken);
                }
                self.at += 5;
            }
            _ => return Err(Broken),
        }
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        self.at - start
    }

    #[inline(never)]
    pub(crate) fn number(&mut self) -> Result<&'a [u8], Broken> {
        self.space();
        let start = self.at;
        self.at += usize::from(self.peek() == b'-');
        let zero = self.peek() == b'0';
        let whole = self.digits();
        if whole == 0 || (zero && whole > 1) {
            return Err(Broken);
        }
        if self.peek() == b'.' {
            self.at += 1;
            if self.digits() == 0 {
                return Err(Broken);
            }
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), b'+' | b'-'));
            if self.digits() == 0 {
                return Err(Broken);
            }
        }
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    pub(crate) fn literal(&mut self) -> Result<(), Broken> {
        self.space();
        if self.take_all(b"true") || self.take_all(b"false") || self.take_all(b"null") {
            Ok(())
        } else {
            Err(Broken)
        }
    }

    /// Passes over one value of any type.
    pub(crate) fn skip(&mut self, depth: u32) -> Result<(), Broken> {
        match self.next() {
            b'"' => self.string().map(drop),
            b'-' | b'0'..=b'9' => self.number().map(drop),
            b'{' | b'[' if depth >= MAX_DEPTH => Err(Broken),
            b'{' => {
                let mut members = self.members()?;
                while self.member(&mut members)?.is_some() {
                    self.skip(depth + 1)?;
                }
                Ok(())
            }
            b'[' => {
                let mut items = self.items()?;
                while self.item(&mut items)? {
                    self.skip(depth + 1)?;
                }
                Ok(())
            }
            _ => self.literal(),
        }
    }

    /// Goes into an object.
    #[inline]
    pub(crate) fn members(&mut self) -> Result<First, Broken> {
        self.expect(b'{')?;
        Ok(First { first: true, open: self.at - 1 })
    }

    /// Whether the object ends here; else the place is before a key.
    #[inline(never)]
    pub(crate) fn ends(&mut self, first: &mut First) -> Result<bool, Broken> {
        if self.take(b'}') {
            return Ok(true);
        }
        if !core::mem::take(&mut first.first) {
            self.expect(b',')?;
        }
        Ok(false)
    }

    /// The next key of an object, the place being before its value; `None` behind the object.
    #[inline(never)]
    pub(crate) fn member(&mut self, first: &mut First) -> Result<Option<Raw<'a>>, Broken> {
        if self.ends(first)? {
            return Ok(None);
        }
        let key = self.string()?;
        self.expect(b':')?;
        Ok(Some(key))
    }

    /// Goes into an array.
    #[inline]
    pub(crate) fn items(&mut self) -> Result<First, Broken> {
        self.expect(b'[')?;
        Ok(First { first: true, open: self.at - 1 })
    }

    /// Whether there is another item; else the place is behind the array.
    #[inline(never)]
    pub(crate) fn item(&mut self, first: &mut First) -> Result<bool, Broken> {
        if core::mem::take(&mut first.first) {
            return Ok(!self.take(b']'));
        }
        if self.take(b',') {
            return Ok(true);
        }
        self.expect(b']')?;
        Ok(false)
    }
}

/// How many bytes come before a quote, a backslash or a control character: eight at a time.
#[inline]
fn plain_run(bytes: &[u8]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // The high bit of each byte that is 0; bits above the first such byte may be wrong.
    let zero = |word: u64| word.wrapping_sub(EACH) & !word & (EACH << 7);
    let (words, rest) = bytes.as_chunks::<8>();
    let mut run = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let control = word.wrapping_sub(EACH * 0x20) & !word & (EACH << 7);
        let found = zero(word ^ (EACH * 0x22)) | zero(word ^ (EACH * 0x5c)) | control;
        if found != 0 {
            return run + (found.trailing_zeros() / 8) as usize;
        }
        run += 8;
    }
    run + rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)).count()
}

/// Whether a container's first member is still to come.
pub(crate) struct First {
    first: bool,
    /// Where the container begins.
    pub(crate) open: usize,
}

/// The value of a key in an object, if the text is an object that has it. The last wins, as in JavaScript.
#[inline(never)]
pub(crate) fn get<'a>(object: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let mut scan = Scan::new(object);
    let mut members = scan.members().ok()?;
    let mut found = None;
    while let Some(name) = scan.member(&mut members).ok()? {
        scan.space();
        let start = scan.at;
        scan.skip(0).ok()?;
        if name.bytes == key {
            found = object.get(start..scan.at);
        }
    }
    found
}
