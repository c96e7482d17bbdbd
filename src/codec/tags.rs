//! The bytes of the packed schema: what the build script writes and the reader reads. Nothing else may know them.

#![allow(dead_code, reason = "writer and reader each use some")]

/// Tags of types. Those from [`ENUM`] on have the number of an entry behind them.
pub(crate) const BOOL: u8 = 0;
pub(crate) const INT: u8 = 1;
pub(crate) const INT64: u8 = 2;
pub(crate) const FLOAT: u8 = 3;
pub(crate) const STR: u8 = 4;
pub(crate) const GUID: u8 = 5;
pub(crate) const DATE: u8 = 6;
pub(crate) const FILTER: u8 = 7;
pub(crate) const JSON: u8 = 8;
/// Text that names a field to sort by, which has another name in JavaScript.
pub(crate) const FIELD_NAME: u8 = 9;
/// Text that names a field to search in.
pub(crate) const SEARCH_FIELD: u8 = 10;
/// One of the names of an entry.
pub(crate) const ENUM: u8 = 11;
/// An object of any keys, whose values are objects with the fields of an entry.
pub(crate) const MAP: u8 = 12;
/// An object with the fields of an entry.
pub(crate) const RECORD: u8 = 13;

/// The part of a type's byte that is its tag.
pub(crate) const TAG: u8 = 15;
/// A list of what the tag says.
pub(crate) const LIST: u8 = 16;
/// The field is `id`, `createdDate` or `updatedDate`: it has an underscore in JavaScript.
pub(crate) const RENAMED: u8 = 32;
/// The field must be there.
pub(crate) const REQUIRED: u8 = 64;
/// The number of the field's limits follows.
pub(crate) const LIMITED: u8 = 128;
/// Among the fields that a filter may name: one that can be searched in.
pub(crate) const SEARCHED: u8 = 32;

/// Flags of limits.
pub(crate) const READ_ONLY: i32 = 1;
/// The least and the greatest: of a number itself, of anything else its length.
pub(crate) const BOUNDED: i32 = 2;
/// Not zero.
pub(crate) const NON_ZERO: i32 = 4;
/// Lower-case letters, digits and `-`.
pub(crate) const KEY: i32 = 8;

/// Kinds of rules over several fields.
pub(crate) const EXACTLY_ONE: u8 = 0;
pub(crate) const AT_LEAST_ONE: u8 = 1;
pub(crate) const AT_MOST_ONE: u8 = 2;

/// Effects of methods.
pub(crate) const READ: u8 = 0;
pub(crate) const BODY_KEY: u8 = 1;
pub(crate) const HEADER_KEY: u8 = 2;
pub(crate) const NEVER: u8 = 3;

/// A function's arguments: its first is the payload's first field; its last is an object of the other fields.
pub(crate) const FIRST: u8 = 1;
pub(crate) const SPREAD: u8 = 2;

/// Kinds of fields that filters name.
pub(crate) const KIND_ID: u8 = 0;
pub(crate) const KIND_TEXT: u8 = 1;
pub(crate) const KIND_NUMBER: u8 = 2;
pub(crate) const KIND_DATE: u8 = 3;
pub(crate) const KIND_ENUM: u8 = 4;
pub(crate) const KIND_OBJECT: u8 = 5;
/// There is no such field.
pub(crate) const KIND_NONE: u8 = 6;

/// Types of values that stand in quotes, and in braces, as bits.
pub(crate) const IN_QUOTES: u32 = 1 << INT64
    | 1 << FLOAT
    | 1 << STR
    | 1 << GUID
    | 1 << DATE
    | 1 << FIELD_NAME
    | 1 << SEARCH_FIELD
    | 1 << ENUM;
pub(crate) const IN_BRACES: u32 = 1 << FILTER | 1 << MAP | 1 << RECORD;

/// The names that have an underscore in JavaScript.
pub(crate) const UNDERSCORED: [&str; 3] = ["id", "createdDate", "updatedDate"];

/// What a filter's operator takes: a value or `null`, a value, an array of values, `true` or `false`, text.
pub(crate) const ANY: u8 = 0;
pub(crate) const VALUE: u8 = 1;
pub(crate) const MANY: u8 = 2;
pub(crate) const FLAG: u8 = 3;
pub(crate) const TEXT: u8 = 4;
/// There is no such operator.
pub(crate) const NONE: u8 = 5;

/// The kinds of fields that have an operator.
const TEXTS: u8 = 1 << KIND_ID | 1 << KIND_TEXT;
const OBJECT: u8 = 1 << KIND_OBJECT;
const ORDERED: u8 = TEXTS | 1 << KIND_NUMBER | 1 << KIND_DATE;
pub(crate) const OPERATOR_KINDS: [u8; 5] = [!0, !OBJECT, ORDERED, TEXTS, TEXTS | OBJECT];

/// The operators: what each takes, and which of [`OPERATOR_KINDS`] have it.
pub(crate) const OPERATORS: [(&str, u8, u8); 12] = [
    ("$eq", ANY, 0),
    ("$ne", ANY, 0),
    ("$exists", FLAG, 0),
    ("$in", MANY, 1),
    ("$nin", MANY, 1),
    ("$hasSome", MANY, 1),
    ("$lt", VALUE, 2),
    ("$lte", VALUE, 2),
    ("$gt", VALUE, 2),
    ("$gte", VALUE, 2),
    ("$startsWith", TEXT, 3),
    ("$isEmpty", FLAG, 4),
];
