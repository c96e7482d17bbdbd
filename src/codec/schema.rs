//! Reads the packed schema. Positions stand for things: an entry's fields are places in the bytes.
//!
//! The bytes are made by this crate's build script and their number is a power of two, so a place is masked where
//! others would be checked: one that is wrong reads something else, which no test survives, and never panics.

use super::tags;
use core::sync::atomic::{
    AtomicU16, AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};

include!(concat!(env!("OUT_DIR"), "/schema.rs"));

/// Where each entry begins. To pack that would cost more bytes than to find it out.
static PLACES: [AtomicU16; 256] = [const { AtomicU16::new(0) }; 256];
/// The bits of the fields that must be there.
static REQUIRED: [AtomicU32; 256] = [const { AtomicU32::new(0) }; 256];

/// Finds out where the entries begin, once.
#[inline(never)]
pub(crate) fn prepare() {
    // The last place is written last: what is not zero is whole. Others may find out the same beside us.
    if ENTRIES > 1 && PLACES.get(ENTRIES - 1).is_some_and(|last| last.load(Acquire) == 0) {
        let mut at = 0;
        for (place, required) in PLACES.iter().zip(&REQUIRED).take(ENTRIES) {
            let mut fields = Fields::at(at);
            let mut mask = 0;
            while fields.advance() {
                if fields.field.ty.has(tags::REQUIRED) {
                    mask |= fields.field.bit;
                }
            }
            required.store(mask, Relaxed);
            place.store(at as u16, Release);
            // Behind the empty name.
            at = fields.at + 1;
        }
    }
}

/// The type of a value, and what is said of the field that holds it: tag and flags, entry, limits.
#[derive(Clone, Copy)]
pub(crate) struct Type(u32);

impl Type {
    /// Objects with the fields of a record.
    pub(crate) fn of(record: Entry) -> Self {
        Self(u32::from(tags::RECORD) | u32::from(record.0) << 8)
    }

    #[inline]
    pub(crate) fn tag(self) -> u8 {
        self.0 as u8 & tags::TAG
    }

    #[inline]
    pub(crate) fn has(self, flag: u8) -> bool {
        self.0 as u8 & flag != 0
    }

    /// The type of a list's items. The limits are the list's own.
    pub(crate) fn item(self) -> Self {
        Self(self.0 & !u32::from(tags::LIST) & 0xffff)
    }

    /// The entry that the type names.
    #[inline]
    pub(crate) fn entry(self) -> Entry {
        Entry((self.0 >> 8) as u8)
    }

    /// The limits of the field: those of requests.
    pub(crate) fn limits(self) -> &'static [i32; 3] {
        LIMITS.get((self.0 >> 16) as usize).unwrap_or(&[0, 0, 0])
    }
}

/// One field of a record, or one name of a list.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    /// The name on the wire.
    pub(crate) name: &'static [u8],
    /// Its type.
    pub(crate) ty: Type,
    /// Its place, as a bit.
    pub(crate) bit: u32,
}

/// The number of an entry: of a record, or of a list of names.
#[derive(Clone, Copy)]
pub(crate) struct Entry(u8);

impl Entry {
    /// Before the first of its fields.
    #[inline(never)]
    pub(crate) fn fields(self) -> Fields {
        Fields::at(PLACES.get(usize::from(self.0)).map_or(0, |place| place.load(Relaxed)).into())
    }

    /// The bits of the fields that must be there.
    #[inline]
    pub(crate) fn required(self) -> u32 {
        REQUIRED.get(usize::from(self.0)).map_or(0, |mask| mask.load(Relaxed))
    }

    /// The rules over several fields: each a kind and the bits of its fields.
    pub(crate) fn rules(self) -> impl Iterator<Item = (u8, u32)> {
        let of = move |rule: &&u32| **rule as u8 == self.0;
        RULES.iter().filter(of).map(|rule| ((rule >> 8) as u8, rule >> 16))
    }

    /// Whether one of its names is this one.
    pub(crate) fn has(self, name: &[u8]) -> bool {
        self.fields().seek(name)
    }

    /// Whether it is what a picture is made of.
    #[cfg(any(page, test))]
    pub(crate) fn is_picture(self) -> bool {
        self.0 == PICTURE
    }
}

/// Whether a name of the wire has an underscore in JavaScript.
pub(crate) fn is_underscored(name: &[u8]) -> bool {
    Entry(UNDERSCORED).has(name)
}

/// What an operator takes, if fields of that kind have it.
pub(crate) fn operator(kind: u8, name: &[u8]) -> u8 {
    let mut operators = Entry(OPERATORS).fields();
    let known = operators.seek(name);
    let ty = operators.field.ty;
    let kinds = tags::OPERATOR_KINDS.get((ty.0 >> 4) as usize).copied().unwrap_or(0);
    if known && kinds >> kind & 1 == 1 { ty.tag() } else { tags::NONE }
}

/// The fields of an entry, in the order of the wire: a place among them.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    start: usize,
    at: usize,
    /// The one that was read last.
    pub(crate) field: Field,
}

impl Fields {
    #[inline]
    fn at(place: usize) -> Self {
        // A name that no token has: a quote ends it.
        Self { start: place, at: place, field: Field { name: b"\"", ty: Type(0), bit: 0 } }
    }

    #[inline]
    fn byte(&mut self) -> u8 {
        let byte = PACKED.get(self.at & (LENGTH - 1)).copied().unwrap_or(0);
        self.at += 1;
        byte
    }

    /// Reads the next field, if there is one. The end is never passed.
    #[inline(never)]
    pub(crate) fn advance(&mut self) -> bool {
        let length = usize::from(self.byte());
        if length == 0 {
            self.at -= 1;
            return false;
        }
        self.field.name = PACKED.get(self.at..self.at + length).unwrap_or_default();
        self.at += length;
        let mut ty = u32::from(self.byte());
        if ty & u32::from(tags::TAG) >= u32::from(tags::ENUM) {
            ty |= u32::from(self.byte()) << 8;
        }
        if ty & u32::from(tags::LIMITED) != 0 {
            ty |= u32::from(self.byte()) << 16;
        }
        self.field.ty = Type(ty);
        self.field.bit = if self.field.bit == 0 { 1 } else { self.field.bit << 1 };
        true
    }

    /// Goes back before the first field.
    pub(crate) fn rewind(&mut self) {
        *self = Self::at(self.start);
    }

    /// Goes to the field of that name on the wire, from the one that was read last to the end and then from the first:
    /// writers keep to the order of the fields, and leave some out.
    #[inline(never)]
    pub(crate) fn seek(&mut self, name: &[u8]) -> bool {
        let mut rounds = 0;
        while self.field.name != name {
            if !self.advance() {
                rounds += 1;
                if rounds > 1 {
                    return false;
                }
                self.rewind();
            }
        }
        true
    }

    /// Goes to the field of one of those bits.
    #[inline(never)]
    pub(crate) fn seek_bit(&mut self, bits: u32) -> bool {
        while self.advance() {
            if self.field.bit & bits != 0 {
                return true;
            }
        }
        false
    }
}

/// One method.
#[derive(Clone, Copy)]
pub(crate) struct Method(u32);

impl Method {
    /// The method of that number.
    pub(crate) fn numbered(number: u32) -> Self {
        Self(METHODS.get(number as usize).copied().unwrap_or_default())
    }

    /// What it does, as `tags` number it.
    pub(crate) fn effect(self) -> u8 {
        self.0 as u8 & 3
    }

    /// Whether its function has the arguments of that kind.
    pub(crate) fn takes(self, args: u8) -> bool {
        self.0 as u8 >> 2 & args != 0
    }

    /// The payload.
    pub(crate) fn request(self) -> Entry {
        Entry((self.0 >> 8) as u8)
    }

    /// The answer.
    pub(crate) fn response(self) -> Entry {
        Entry((self.0 >> 16) as u8)
    }

    /// The kind of the field of that dotted path of the wire, for filters, and its bit; [`tags::KIND_NONE`] if there is
    /// none.
    pub(crate) fn kind(self, path: &[u8]) -> (u8, u32) {
        let mut fields = Entry((self.0 >> 24) as u8).fields();
        if fields.seek(path) { (fields.field.ty.tag(), fields.field.bit) } else { (tags::KIND_NONE, 0) }
    }

    /// Whether that field can be searched in.
    pub(crate) fn searched(self, path: &[u8]) -> bool {
        let mut fields = Entry((self.0 >> 24) as u8).fields();
        fields.seek(path) && fields.field.ty.has(tags::SEARCHED)
    }
}
