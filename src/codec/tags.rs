//! The bytes of the packed schema: what the build script writes and the reader reads. Nothing else may know them.

#![allow(dead_code, reason = "writer and reader each use some")]

/// Tags of types. Those up to `SEARCH_FIELD` need nothing more; the others say what follows.
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
/// Then the offset of the names, two bytes.
pub(crate) const ENUM: u8 = 11;
/// Then the type of the items.
pub(crate) const LIST: u8 = 12;
/// Then the type of the values.
pub(crate) const MAP: u8 = 13;
/// Then the number of the record.
pub(crate) const RECORD: u8 = 14;

/// Flags of fields: what its value must be, and which limits follow its type, in this order.
pub(crate) const REQUIRED: u8 = 1;
/// Not accepted in a request.
pub(crate) const READ_ONLY: u8 = 2;
/// `id`, `createdDate` or `updatedDate`: has an underscore in JavaScript.
pub(crate) const RENAMED: u8 = 4;
/// Two numbers of eight bytes.
pub(crate) const RANGE: u8 = 8;
/// Not zero.
pub(crate) const NON_ZERO: u8 = 16;
/// Two lengths of two bytes.
pub(crate) const LEN: u8 = 32;
/// Lower-case letters, digits and `-`.
pub(crate) const KEY: u8 = 64;

/// Kinds of rules over several fields; then their bits, eight bytes.
pub(crate) const EXACTLY_ONE: u8 = 0;
pub(crate) const AT_LEAST_ONE: u8 = 1;
pub(crate) const AT_MOST_ONE: u8 = 2;

/// Effects of methods.
pub(crate) const READ: u8 = 0;
pub(crate) const BODY_KEY: u8 = 1;
pub(crate) const HEADER_KEY: u8 = 2;
pub(crate) const NEVER: u8 = 3;

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
