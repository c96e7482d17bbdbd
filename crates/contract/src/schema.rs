//! The shape of schema data: what a type is made of, said once and read by every part.
//!
//! Everything here is `const`, so that a build script can pack it, a generator can print it and the
//! validator can walk it, without any of them knowing the others.

use alloc::{string::String, vec::Vec};

/// The type of one value on the wire.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// An integer that JavaScript can hold exactly.
    Int,
    /// An int64 that travels as a decimal string (`revision`).
    Int64,
    /// A decimal number; upstream may send `"NaN"`, `"Infinity"`, `"-Infinity"` as strings.
    Float,
    /// Text.
    Str,
    /// Text in the 8-4-4-4-12 form of a GUID.
    Guid,
    /// An ISO-8601 timestamp; a `Date` in JavaScript.
    Date,
    /// One of a list of names. Readers tolerate names that are not on it.
    Enum(&'static EnumDef),
    /// An array.
    List(&'static Type),
    /// An object with any keys and values of one type.
    Map(&'static Type),
    /// An object with the fields of a record.
    Record(&'static Record),
    /// A picture: an object on the wire, a `wix:image://` or URL string for JavaScript.
    Image,
    /// A filter of the query language; which fields it may name is said by the endpoint.
    Filter,
    /// Any JSON.
    Json,
}

/// A closed list of names, open for readers.
#[derive(Debug)]
pub struct EnumDef {
    /// The name that TypeScript and OpenAPI use.
    pub name: &'static str,
    /// The documentation of the type.
    pub doc: &'static str,
    /// The names, in the order of the official documentation.
    pub values: &'static [&'static str],
}

/// A rule that a value must keep beyond its type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// The least and the greatest number, both allowed.
    Range(i64, i64),
    /// The least number, for decimals: in hundredths, so that the data stays integral.
    MinHundredths(i64),
    /// Not zero.
    NonZero,
    /// The least and the greatest length, in characters of text or items of a list.
    Len(u32, u32),
    /// Lower-case letters, digits and `-` only: what can be an action's name in a path.
    Key,
    /// A decimal string above 0 with at most two digits behind the point.
    Money,
    /// Set by the service: not accepted in a request.
    ReadOnly,
    /// The dotted path of a field that the method's filter may name.
    FieldName,
    /// The dotted path of a field that the method's free-text search looks at.
    SearchField,
}

/// One field of a record.
#[derive(Debug)]
pub struct Field {
    /// The name on the wire.
    pub name: &'static str,
    /// The documentation, the lines joined.
    pub doc: &'static str,
    /// The type of its value.
    pub ty: Type,
    /// Whether a request must have it and an answer always does.
    pub required: bool,
    /// The rules that its value keeps.
    pub limits: &'static [Limit],
}

/// A rule over several fields of one record.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// One of these is given, and only one.
    ExactlyOne(&'static [&'static str]),
    /// One of these at least is given.
    AtLeastOne(&'static [&'static str]),
    /// Two of these are never given together.
    AtMostOne(&'static [&'static str]),
}

/// An object type.
#[derive(Debug)]
pub struct Record {
    /// The name that TypeScript and OpenAPI use.
    pub name: &'static str,
    /// The documentation of the type.
    pub doc: &'static str,
    /// The fields, in the order of the wire.
    pub fields: &'static [Field],
    /// Rules over several fields.
    pub rules: &'static [Rule],
}

impl Record {
    /// The field of that wire name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// The schema type of a Rust type, and whether it may be absent.
pub trait Schema {
    /// What stands on the wire.
    const TYPE: Type;
    /// `false` for `Option`.
    const REQUIRED: bool = true;
    /// Whether this value is left out of the wire text.
    fn is_absent(&self) -> bool {
        false
    }
}

/// A Rust type that is an object on the wire.
pub trait RecordType {
    /// Its schema.
    const RECORD: &'static Record;
}

impl Schema for bool {
    const TYPE: Type = Type::Bool;
}
impl Schema for i64 {
    const TYPE: Type = Type::Int;
}
impl Schema for String {
    const TYPE: Type = Type::Str;
}
impl<T: Schema + 'static> Schema for Option<T> {
    const TYPE: Type = T::TYPE;
    const REQUIRED: bool = false;
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}
impl<T: Schema + 'static> Schema for Vec<T> {
    const TYPE: Type = Type::List(&T::TYPE);
}
impl<T: Schema + 'static> Schema for alloc::collections::BTreeMap<String, T> {
    const TYPE: Type = Type::Map(&T::TYPE);
}
