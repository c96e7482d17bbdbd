//! Reads the packed schema. Positions stand for things: a record, a field's type and limits are places in the bytes.
//!
//! The bytes are made by this crate's build script, so reading past the end can only be a fault of it; such a
//! read gives 0, which no test survives, rather than a panic.

use super::tags;

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/schema.bin"));
include!(concat!(env!("OUT_DIR"), "/schema_sizes.rs"));

/// A place in the packed bytes.
#[derive(Clone, Copy)]
pub(crate) struct Reader(usize);

impl Reader {
    /// Where the table's entry of that number points.
    fn entry(number: usize) -> Self {
        let mut table = Self(2 * number);
        Self(usize::from(table.short()))
    }

    #[inline]
    pub(crate) fn byte(&mut self) -> u8 {
        let byte = PACKED.get(self.0).copied().unwrap_or(0);
        self.0 += 1;
        byte
    }

    #[inline(never)]
    fn short(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

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
    /// Its place in the record.
    pub(crate) place: u8,
    /// Its type.
    pub(crate) ty: Type,
}

impl Field {
    #[inline]
    pub(crate) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The least and the greatest number.
    pub(crate) fn range(&self) -> (i64, i64) {
        let mut reader = self.ty.end();
        (reader.long(), reader.long())
    }

    /// The least and the greatest length.
    pub(crate) fn lengths(&self) -> (i64, i64) {
        let mut reader = self.ty.end();
        (i64::from(reader.short()), i64::from(reader.short()))
    }
}

/// An object type.
#[derive(Clone, Copy)]
pub(crate) struct Record(Reader);

impl Record {
    fn numbered(number: u8) -> Self {
        Self(Reader::entry(ENDPOINTS + usize::from(number)))
    }

    /// The places of the fields that must be there, as a mask.
    pub(crate) fn required(self) -> u32 {
        let bytes = PACKED.get(self.0.0..).and_then(|rest| rest.first_chunk());
        u32::from_le_bytes(bytes.copied().unwrap_or_default())
    }

    #[inline]
    pub(crate) fn fields(self) -> Fields {
        let mut reader = Reader(self.0.0 + 4);
        let left = reader.byte();
        Fields { reader, left, place: 0 }
    }

    /// The field of that place.
    pub(crate) fn field(self, place: u8) -> Option<Field> {
        let mut fields = self.fields();
        loop {
            let field = fields.next()?;
            if field.place == place {
                return Some(field);
            }
        }
    }

    /// The field of that name on the wire.
    pub(crate) fn find(self, name: &[u8]) -> Option<Field> {
        let mut fields = self.fields();
        loop {
            let field = fields.next()?;
            if field.name == name {
                return Some(field);
            }
        }
    }

    /// The rules over several fields: each a kind and the places of its fields as a mask.
    pub(crate) fn rules(self) -> Rules {
        let mut fields = self.fields();
        while fields.next().is_some() {}
        let mut reader = fields.reader;
        let left = reader.byte();
        Rules { reader, left }
    }
}

/// The fields of a record, in the order of the wire.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    reader: Reader,
    left: u8,
    place: u8,
}

impl Iterator for Fields {
    type Item = Field;

    #[inline(never)]
    fn next(&mut self) -> Option<Field> {
        self.left = self.left.checked_sub(1)?;
        let name = self.reader.text();
        let flags = self.reader.byte();
        let ty = Type(self.reader);
        let limits = if flags & tags::RANGE != 0 {
            16
        } else if flags & tags::LEN != 0 {
            4
        } else {
            0
        };
        self.reader = Reader(ty.end().0 + limits);
        let place = self.place;
        self.place += 1;
        Some(Field { name, flags, place, ty })
    }
}

/// The rules of a record.
pub(crate) struct Rules {
    reader: Reader,
    left: u8,
}

impl Iterator for Rules {
    /// The kind, the mask of places, and the first place.
    type Item = (u8, u32, u8);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let kind = self.reader.byte();
        let count = self.reader.byte();
        let (mut mask, mut first) = (0, 0);
        for at in 0..count {
            let place = self.reader.byte();
            if at == 0 {
                first = place;
            }
            mask |= 1 << (place & 31);
        }
        Some((kind, mask, first))
    }
}

/// One argument of a function.
#[derive(Clone, Copy)]
pub(crate) struct Arg {
    /// Its name in JavaScript.
    pub(crate) name: &'static [u8],
    flags: u8,
    /// The place of its field in the payload, unless it is spread.
    pub(crate) place: u8,
}

impl Arg {
    pub(crate) fn spread(&self) -> bool {
        self.flags & tags::SPREAD != 0
    }
}

/// One method.
#[derive(Clone, Copy)]
pub(crate) struct Endpoint {
    /// What it does, as `tags` number it.
    pub(crate) effect: u8,
    /// Whether its payload is a body, and not a query string.
    pub(crate) post: bool,
    /// Whether it is the proxy's own: there, the path's parameter is not repeated in the body.
    pub(crate) own: bool,
    /// The payload.
    pub(crate) request: Record,
    /// The answer.
    pub(crate) response: Record,
    /// The place of the field that the function returns instead of the whole answer.
    pub(crate) unwrap: Option<u8>,
    /// What its filters may name.
    pub(crate) fields: FieldNames,
    /// The path, with `{name}` where a field stands.
    pub(crate) path: &'static [u8],
    args: Reader,
}

impl Endpoint {
    /// The method of that number.
    pub(crate) fn numbered(number: u32) -> Option<Self> {
        let number = usize::try_from(number).ok().filter(|number| *number < ENDPOINTS)?;
        let mut reader = Reader::entry(number);
        Some(Self {
            effect: reader.byte(),
            post: reader.byte() != 0,
            own: reader.byte() != 0,
            request: Record::numbered(reader.byte()),
            response: Record::numbered(reader.byte()),
            unwrap: reader.byte().checked_sub(1),
            fields: FieldNames {
                filtered: Reader(usize::from(reader.short())),
                searched: Reader(usize::from(reader.short())),
            },
            path: reader.text(),
            args: reader,
        })
    }

    /// The arguments, in order.
    pub(crate) fn args(self) -> Args {
        let mut reader = self.args;
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
        Some(Arg { name: self.reader.text(), flags: self.reader.byte(), place: self.reader.byte() })
    }
}

/// The fields that filters, sorts and searches of a method may name.
#[derive(Clone, Copy)]
pub(crate) struct FieldNames {
    filtered: Reader,
    searched: Reader,
}

impl FieldNames {
    /// The kind of the field of that dotted path of the wire.
    pub(crate) fn kind(self, path: &[u8]) -> Option<u8> {
        let mut reader = self.filtered;
        for _ in 0..reader.byte() {
            let kind = reader.byte();
            if reader.text() == path {
                return Some(kind);
            }
        }
        None
    }

    /// Whether it can be sorted by.
    pub(crate) fn sorted(self, path: &[u8]) -> bool {
        self.kind(path).is_some_and(|kind| kind != tags::KIND_OBJECT)
    }

    /// Whether it can be searched in.
    pub(crate) fn searched(self, path: &[u8]) -> bool {
        self.searched.list_has(path)
    }
}
