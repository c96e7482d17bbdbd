//! JSON text on one side, JSON text on the other: checked against the schema and renamed on the way.

#[cfg(not(page))]
pub(crate) mod escape;
mod filter;
mod limits;
#[cfg(not(page))]
mod place;
mod record;
mod scalars;
pub(crate) mod scan;
pub(crate) mod schema;
#[cfg(any(page, test))]
pub(crate) mod shape;
pub(crate) mod tags;
pub(crate) mod text;
pub(crate) mod violation;
pub(crate) mod walk;

/// Text that is read, and bytes that grow. A page's module has kinds of its own, which know neither bounds nor freeing.
#[cfg(page)]
pub(crate) use crate::bindings::{Bytes, Text};
#[cfg(not(page))]
pub(crate) use place::Text;
#[cfg(not(page))]
pub(crate) type Bytes = alloc::vec::Vec<u8>;

/// By which names the caller's side goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// As JavaScript has them: `_id`, `_createdDate`, and dates of answers as milliseconds.
    Js,
    /// As they travel.
    Wire,
}

/// How strings begin by which the JavaScript shell says that a value is none that JSON can hold: `NaN`, a
/// `BigInt`, a circle. Only a number of the decimal kind accepts one, where a non-finite number follows.
pub(crate) const MARKER: &[u8] = b"\\u0000";
