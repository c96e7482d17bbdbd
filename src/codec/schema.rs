//! Reads the packed schema. Positions stand for things: a record, a field's type and limits are places in the bytes.
//!
//! The bytes are made by this crate's build script and their number is a power of two, so a place is masked where
//! others would be checked: one that is wrong reads something else, which no test survives, and never panics.

use super::tags;

const LENGTH: usize = 16_384;
static PACKED: &[u8; LENGTH] = include_bytes!(concat!(env!("OUT_DIR"), "/schema.bin"));
include!(concat!(env!("OUT_DIR"), "/schema_sizes.rs"));

/// A place in the packed bytes.
#[derive(Clone, Copy)]
pub(crate) struct Reader(usize);

impl Reader {
    /// Where the table's entry of that number points.
    #[inline(never)]
    fn entry(number: usize) -> Self {
        let mut table = Self(2 * number);
        Self(usize::from(table.short()))
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> u8 {
        let byte = PACKED.get(self.0 & (LENGTH - 1)).copied().unwrap_or(0);
        self.0 += 1;
        byte
    }

    #[inline(never)]
    fn short(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    #[inline(never)]
    fn long(&mut self) -> i64 {
        let bytes = PACKED.get(self.0..).and_then(|rest| rest.first_chunk());
        self.0 += 8;
        i64::from_le_bytes(bytes.copied().unwrap_or_default())
    }

    #[inline(never)]
    fn text(&mut self) -> &'static [u8] {
        let length = usize::from(self.byte());
        let text = PACKED.get(self.0..self.0 + length).unwrap_or_default();
        self.0 += length;
        text
    }
}

/// The type of a value.
#[derive(Clone, Copy)]
pub(crate) struct Type(Reader);

impl Type {
    /// The tag, and the reader of what follows it.
    #[inline]
    pub(crate) fn open(self) -> (u8, Reader) {
        let mut reader = self.0;
        (reader.byte(), reader)
    }

    /// The place behind the type.
    #[inline]
    fn end(mut self) -> Reader {
        loop {
            match self.0.byte() {
                tags::LIST | tags::MAP => {}
                tags::ENUM => return Reader(self.0.0 + 2),
                tags::RECORD => return Reader(self.0.0 + 1),
                _ => return self.0,
            }
        }
    }

    /// The least and the greatest number: what stands behind the type of a field with that flag.
    pub(crate) fn range(self) -> (i64, i64) {
        let mut reader = self.end();
        (reader.long(), reader.long())
    }

    /// The least and the greatest length.
    pub(crate) fn lengths(self) -> (i64, i64) {
        let mut reader = self.end();
        (i64::from(reader.short()), i64::from(reader.short()))
    }
}

impl Reader {
    /// The type of the items of a list or of the values of a map.
    pub(crate) fn inner(self) -> Type {
        Type(self)
    }

    /// The record that a type names.
    pub(crate) fn record(mut self) -> Record {
        Record::numbered(self.byte())
    }

    /// Whether the list of names that a type points to has this one.
    pub(crate) fn names_has(mut self, name: &[u8]) -> bool {
        Self(usize::from(self.short())).list_has(name)
    }

    #[inline(never)]
    fn list_has(mut self, name: &[u8]) -> bool {
        let count = self.byte();
        (0..count).any(|_| self.text() == name)
    }
}

/// One field of a record.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    /// The name on the wire.
    pub(crate) name: &'static [u8],
    /// What `tags` say of it.
    pub(crate) flags: u8,
    /// Its place in the record, as a bit.
    pub(crate) bit: u32,
    /// Its type.
    pub(crate) ty: Type,
}

impl Field {
    #[inline]
    pub(crate) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// An object type.
#[derive(Clone, Copy)]
pub(crate) struct Record(Reader);

impl Record {
    fn numbered(number: u8) -> Self {
        Self(Reader::entry(ENDPOINTS + usize::from(number)))
    }

    /// The bits of the fields that must be there.
    #[inline]
    pub(crate) fn required(self) -> u32 {
        let mut reader = self.0;
        reader.short().into()
    }

    /// Before the first of its fields.
    #[inline(never)]
    pub(crate) fn fields(self) -> Fields {
        let mut reader = Reader(self.0.0 + 2);
        let left = reader.byte();
        Fields { reader, left, field: Field { name: b"", flags: 0, bit: 0, ty: Type(reader) } }
    }

    /// The rules over several fields: each a kind and the bits of its fields.
    pub(crate) fn rules(self) -> Rules {
        let mut fields = self.fields();
        while fields.advance() {}
        let mut reader = fields.reader;
        let left = reader.byte();
        Rules { reader, left }
    }
}

/// The fields of a record, in the order of the wire: a place among them.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    reader: Reader,
    left: u8,
    /// The one that was read last.
    pub(crate) field: Field,
}

impl Fields {
    /// Reads the next field, if there is one.
    #[inline(never)]
    pub(crate) fn advance(&mut self) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        self.field.bit = if self.field.bit == 0 { 1 } else { self.field.bit << 1 };
        self.field.name = self.reader.text();
        self.field.flags = self.reader.byte();
        self.field.ty = Type(self.reader);
        let limits = match self.field.flags & (tags::RANGE | tags::LEN) {
            0 => 0,
            tags::LEN => 4,
            _ => 16,
        };
        self.reader = Reader(self.field.ty.end().0 + limits);
        true
    }

    /// Goes to the field of that name on the wire, from here to the end and then from the first one: writers keep to
    /// the order of the fields, and leave some out.
    #[inline(never)]
    pub(crate) fn seek(&mut self, record: Record, name: &[u8]) -> bool {
        let last = self.left;
        loop {
            if !self.advance() {
                *self = record.fields();
            } else if self.field.name == name {
                return true;
            }
            if self.left == last {
                return false;
            }
        }
    }

    /// Goes to the field of that bit.
    #[inline(never)]
    pub(crate) fn seek_bit(&mut self, bit: u32) -> bool {
        while self.advance() {
            if self.field.bit & bit != 0 {
                return true;
            }
        }
        false
    }
}

/// The rules of a record.
pub(crate) struct Rules {
    reader: Reader,
    left: u8,
}

impl Iterator for Rules {
    /// The kind, and the bits of its fields.
    type Item = (u8, u32);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let kind = self.reader.byte();
        let bits = self.reader.long();
        Some((kind, bits as u32))
    }
}

/// One argument of a function.
#[derive(Clone, Copy)]
pub(crate) struct Arg {
    /// Its name in JavaScript.
    pub(crate) name: &'static [u8],
    /// The bit of its field in the payload; 0 where it is an object of the other fields.
    pub(crate) bit: u32,
}

impl Arg {
    /// Whether it is an object of the payload's other fields.
    pub(crate) fn spread(&self) -> bool {
        self.bit == 0
    }
}

/// One method: where its data stand. Each is read where it is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Endpoint(Reader);

impl Endpoint {
    /// The method of that number. The last stands for all that don't exist; see [`Self::exists`].
    pub(crate) fn numbered(number: u32) -> Self {
        Self(Reader::entry((number as usize).min(ENDPOINTS - 1)))
    }

    #[cfg(not(page))]
    pub(crate) fn exists(number: u32) -> bool {
        (number as usize) < ENDPOINTS
    }

    fn at(self, place: usize) -> Reader {
        Reader(self.0.0 + place)
    }

    /// What it does, as `tags` number it.
    pub(crate) fn effect(self) -> u8 {
        self.at(0).byte()
    }

    /// Whether its payload is a body, and not a query string.
    pub(crate) fn post(self) -> bool {
        self.at(1).byte() != 0
    }

    /// Whether it is the proxy's own: there, the path's parameter is not repeated in the body.
    pub(crate) fn own(self) -> bool {
        self.at(2).byte() != 0
    }

    /// The payload.
    pub(crate) fn request(self) -> Record {
        self.at(3).record()
    }

    /// The answer.
    pub(crate) fn response(self) -> Record {
        self.at(4).record()
    }

    /// The bit of the field that the function returns instead of the whole answer; 0 where it returns that.
    pub(crate) fn unwrap(self) -> u32 {
        self.at(5).byte().into()
    }

    /// The kind of the field of that dotted path of the wire, for filters; [`tags::KIND_NONE`] if there is none.
    #[inline(never)]
    pub(crate) fn kind(self, path: &[u8]) -> u8 {
        let mut reader = Reader(self.at(6).short().into());
        for _ in 0..reader.byte() {
            let kind = reader.byte();
            if reader.text() == path {
                return kind;
            }
        }
        tags::KIND_NONE
    }

    /// Whether that field can be searched in.
    pub(crate) fn searched(self, path: &[u8]) -> bool {
        self.at(8).names_has(path)
    }

    /// The path, with `{name}` where a field stands.
    pub(crate) fn path(self) -> &'static [u8] {
        self.at(10).text()
    }

    /// The arguments, in order.
    #[inline(never)]
    pub(crate) fn args(self) -> Args {
        let mut reader = self.at(10);
        reader.text();
        let left = reader.byte();
        Args { reader, left }
    }
}

/// The arguments of a function.
#[derive(Clone, Copy)]
pub(crate) struct Args {
    reader: Reader,
    left: u8,
}

impl Iterator for Args {
    type Item = Arg;

    #[inline(never)]
    fn next(&mut self) -> Option<Arg> {
        self.left = self.left.checked_sub(1)?;
        Some(Arg { name: self.reader.text(), bit: self.reader.byte().into() })
    }
}

/// An error code: its place among all.
#[derive(Clone, Copy)]
pub(crate) struct Code {
    /// The name.
    pub(crate) name: &'static [u8],
    /// Whether the same call may succeed later.
    pub(crate) retryable: bool,
    status: u16,
}

/// The codes, in their order.
struct Codes(Reader);

impl Codes {
    fn read(&mut self) -> Code {
        let reader = &mut self.0;
        Code { name: reader.text(), retryable: reader.byte() != 0, status: reader.short() }
    }
}

impl Code {
    /// The code of that number.
    #[inline(never)]
    pub(crate) fn numbered(number: u8) -> Self {
        let mut codes = Codes(Reader(CODES));
        for _ in 0..number {
            codes.read();
        }
        codes.read()
    }

    /// The code of an answer: its own where that belongs to the status, another service's that we know, else that
    /// of the status.
    pub(crate) fn of(status: u32, named: &[u8]) -> Self {
        let mut codes = Codes(Reader(CODES));
        for _ in 0..CODE_COUNT {
            let code = codes.read();
            if code.name == named && u32::from(code.status) == status {
                return code;
            }
        }
        let mut reader = codes.0;
        for _ in 0..reader.byte() {
            let number = reader.byte();
            if reader.text() == named {
                return Self::numbered(number);
            }
        }
        let mut number = 0;
        for _ in 0..reader.byte() {
            let from = reader.short();
            let next = reader.byte();
            if u32::from(from) <= status {
                number = next;
            }
        }
        Self::numbered(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loyalty_contract::ErrorCode;

    #[test]
    fn c04_codes_are_classified_as_the_contract_classifies_them() {
        let others = ["validationError", "ABORTED", "RESOURCE_EXHAUSTED", "UNIMPLEMENTED", "NOT_OURS", ""];
        let names: Vec<_> = ErrorCode::ALL.iter().map(|code| code.as_str()).chain(others).collect();
        for status in 0..=u16::MAX {
            // Beyond three digits no status differs from its neighbours: every name there would only cost time.
            let few = if status > 999 { &names[names.len() - 2..] } else { &names[..] };
            for name in few {
                let expected = ErrorCode::classify(status, Some(name));
                let code = Code::of(status.into(), name.as_bytes());
                assert_eq!(code.name, expected.as_str().as_bytes(), "{status} {name}");
                assert_eq!(code.retryable, expected.retryable());
            }
        }
    }

    #[test]
    fn codes_have_the_numbers_of_the_contract() {
        for (number, code) in ErrorCode::ALL.iter().enumerate() {
            assert_eq!(*code as usize, number);
            assert_eq!(Code::numbered(number as u8).name, code.as_str().as_bytes());
        }
    }
}
