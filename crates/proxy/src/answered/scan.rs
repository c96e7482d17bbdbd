//! One pass over the text of an answer, instead of a tree that is built, checked, narrowed and printed again.
//!
//! It finds what `validate::response` and `project` would find, and says so only where that is beyond doubt.
//! Everything else is odd: an answer that breaks the contract, a name twice in an object, an escape in a name, a
//! number that a tree might hold as another. What is odd goes the general way, which decides.

use super::members::{Members, Of, Side};
use super::number;
use crate::project::is_dangerous;
use loyalty_contract::Timestamp;
use loyalty_contract::schema::{Record, Type};
use loyalty_contract::values::is_int64;
use std::ops::Range;

/// How deep an answer may nest. Parsers of trees end at 128.
const DEEPEST: usize = 64;
/// How many names that no record knows an object may have: each is held against the others.
const MOST_UNKNOWN: usize = 64;

/// What two kinds of readers don't get to see, as ranges of the text in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cuts {
    /// A customer: what the record doesn't know.
    pub(super) customer: Vec<Range<usize>>,
    /// Those who work for the shop: what means something to JavaScript objects.
    pub(super) staff: Vec<Range<usize>>,
}

/// What is to be cut from the text, where it keeps the record. `None` where it is odd.
pub(super) fn scan(record: &'static Record, text: &str) -> Option<Cuts> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0, depth: 0, cuts: Cuts::default(), names: Vec::new() };
    scan.value(Type::Record(record), Cut { customer: false, staff: false })?;
    // Behind it there may only be white space.
    if scan.peek().is_none() { Some(scan.cuts) } else { None }
}

/// From which reader's text a value is cut, with all that is in it.
#[derive(Clone, Copy)]
struct Cut {
    customer: bool,
    staff: bool,
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    cuts: Cuts,
    /// The names of the objects under way that no record knows.
    names: Vec<&'a [u8]>,
}

impl<'a> Scan<'a> {
    /// The next byte that is no white space, without taking it.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        if self.peek()? != byte {
            return None;
        }
        self.at += 1;
        Some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.bytes.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    fn value(&mut self, ty: Type, cut: Cut) -> Option<()> {
        let byte = self.peek()?;
        match (ty, byte) {
            (Type::Record(record), b'{') => self.object(Of::Record(record), cut),
            (Type::Map(item), b'{') => self.object(Of::Map(*item), cut),
            (Type::Image | Type::Filter, b'{') => self.object(Of::Any, cut),
            (Type::List(item), b'[') => self.list(*item, cut),
            (Type::Json, _) => self.any(byte, cut),
            (Type::Bool, b't') => self.word(b"true"),
            (Type::Bool, b'f') => self.word(b"false"),
            (Type::Int, b'-' | b'0'..=b'9') => self.number(number::Form::Integer),
            (Type::Float, b'-' | b'0'..=b'9') => self.number(number::Form::Decimal),
            (Type::Float, b'"') => matches!(self.plain()?, b"NaN" | b"Infinity" | b"-Infinity").then_some(()),
            (Type::Str | Type::Guid | Type::Enum(_), b'"') => self.text().map(drop),
            (Type::Date, b'"') => Timestamp::parse(self.plain()?).map(drop),
            (Type::Int64, b'"') => is_int64(self.plain()?).then_some(()),
            _ => None,
        }
    }

    fn any(&mut self, byte: u8, cut: Cut) -> Option<()> {
        match byte {
            b'{' => self.object(Of::Any, cut),
            b'[' => self.list(Type::Json, cut),
            b'"' => self.text().map(drop),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(number::Form::Decimal),
        }
    }

    fn number(&mut self, form: number::Form) -> Option<()> {
        self.at += number::length(self.bytes.get(self.at..)?, form)?;
        Some(())
    }

    /// Text, and whether anything in it is escaped. Stands at its first quotation mark.
    fn text(&mut self) -> Option<(&'a [u8], bool)> {
        self.at += 1;
        let (from, mut escaped) = (self.at, false);
        loop {
            match *self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                0..0x20 => return None,
                _ => self.at += 1,
            }
        }
        let text = self.bytes.get(from..self.at)?;
        self.at += 1;
        Some((text, escaped))
    }

    /// Text that stands as it means.
    fn plain(&mut self) -> Option<&'a [u8]> {
        self.text().and_then(|(text, escaped)| (!escaped).then_some(text))
    }

    fn escape(&mut self) -> Option<()> {
        let length = match *self.bytes.get(self.at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
            b'u' => {
                let digits = self.bytes.get(self.at + 2..self.at + 6)?;
                // Surrogates mean something in pairs only.
                let is_half = matches!(digits, [b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..]);
                if is_half || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return None;
                }
                6
            }
            _ => return None,
        };
        self.at += length;
        Some(())
    }

    fn enter(&mut self) -> Option<()> {
        self.at += 1;
        self.depth += 1;
        (self.depth <= DEEPEST).then_some(())
    }

    fn leave(&mut self) {
        self.at += 1;
        self.depth -= 1;
    }

    fn list(&mut self, item: Type, cut: Cut) -> Option<()> {
        self.enter()?;
        if self.peek()? != b']' {
            loop {
                self.value(item, cut)?;
                match self.peek()? {
                    b',' => self.at += 1,
                    b']' => break,
                    _ => return None,
                }
            }
        }
        self.leave();
        Some(())
    }

    fn object(&mut self, of: Of, cut: Cut) -> Option<()> {
        self.enter()?;
        let mut members = Members::new(of, self.names.len());
        let mut customer = Side::new(cut.customer);
        let mut staff = Side::new(cut.staff);
        if self.peek()? != b'}' {
            let mut end = self.at;
            loop {
                if self.peek()? != b'"' {
                    return None;
                }
                let start = self.at;
                customer.next_begins(&mut self.cuts.customer, start);
                staff.next_begins(&mut self.cuts.staff, start);
                let name = self.plain()?;
                self.expect(b':')?;
                let gone = self.member(&mut members, name, cut)?;
                customer.ended(&mut self.cuts.customer, gone.customer, start, end, self.at);
                staff.ended(&mut self.cuts.staff, gone.staff, start, end, self.at);
                end = self.at;
                match self.peek()? {
                    b',' => self.at += 1,
                    b'}' => break,
                    _ => return None,
                }
            }
        }
        self.names.truncate(members.names);
        self.leave();
        members.are_complete().then_some(())
    }

    /// The value of a member, and from whose text the member is cut.
    fn member(&mut self, members: &mut Members, name: &'a [u8], cut: Cut) -> Option<Cut> {
        if let Of::Record(record) = members.of
            && let Some((at, ty, required)) = members.field(record, name)
        {
            members.see(at)?;
            match self.peek()? {
                b'n' if required => return None,
                b'n' => self.word(b"null")?,
                _ => self.value(ty, cut)?,
            }
            return Some(cut);
        }
        let others = self.names.get(members.names..)?;
        if others.len() >= MOST_UNKNOWN || others.contains(&name) {
            return None;
        }
        self.names.push(name);
        let dangerous = is_dangerous(name);
        let unknown = matches!(members.of, Of::Record(_));
        let gone = Cut { customer: cut.customer || unknown || dangerous, staff: cut.staff || dangerous };
        match members.of {
            Of::Map(ty) => self.value(ty, gone)?,
            Of::Record(_) | Of::Any => {
                let byte = self.peek()?;
                self.any(byte, gone)?;
            }
        }
        Some(gone)
    }
}
