//! State that lasts: the rows of the sandbox as bytes, for a store that the shell has.
//!
//! The state machine stays without I/O. It notes which rows a call wrote; the shell takes them with
//! [`Sandbox::take_changes`] and writes them, all or none, before the answer leaves. A later start reads the rows
//! back with [`Opening`].
//!
//! To keep another table:
//! 1. add a variant to [`Table`] (its number is in files, so none is ever used again);
//! 2. implement [`Stored`] for a type of your own, and name it in [`TABLES`], behind the tables its rows refer to;
//! 3. call `ledger.changes.touch(Table::…, key)` wherever a row of it is written or removed.
//!
//! The key is any `u32` that stays with the row: a place in a list that only grows, say. A row begins with its
//! version, so that a later one can read what an earlier one wrote.

pub(crate) mod bytes;
mod opening;
mod rows;
mod site;

use std::collections::BTreeSet;

use crate::sandbox::Sandbox;
use bytes::{Reader, Writer};
pub use opening::Opening;

/// The version of what is in a file: raised when an older sandbox could no longer read it.
pub const FORMAT: u32 = 1;

/// What kind of row it is, as the file has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Table {
    /// One row: options, clock, program, what counts up.
    Site = 1,
    /// Contacts.
    Contacts = 2,
    /// Accounts.
    Accounts = 3,
    /// Transactions.
    Transactions = 4,
}

/// A table that is kept.
trait Stored {
    /// Which it is.
    const TABLE: Table;
    /// The keys of all its rows.
    fn keys(sandbox: &Sandbox) -> Box<dyn Iterator<Item = u32>>;
    /// Writes a row. `None` if there is none any more.
    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()>;
    /// Puts a row back. Rows come in the order of [`TABLES`], and in that of their keys. `None` if it makes no sense.
    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()>;
}

/// What can be done with a table, whichever it is.
struct Door {
    table: Table,
    keys: fn(&Sandbox) -> Box<dyn Iterator<Item = u32>>,
    write: fn(&Sandbox, u32, &mut Writer) -> Option<()>,
    read: fn(&mut Sandbox, u32, &mut Reader<'_>) -> Option<()>,
}

const fn door<S: Stored>() -> Door {
    Door { table: S::TABLE, keys: S::keys, write: S::write, read: S::read }
}

/// Every table, in the order of reading.
const TABLES: &[Door] =
    &[door::<site::Site>(), door::<rows::Contacts>(), door::<rows::Accounts>(), door::<rows::Transactions>()];

/// The rows that were written since the shell last asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    /// Nothing is noted for a shell that keeps nothing.
    noted: Option<BTreeSet<(Table, u32)>>,
    /// Whether all that was there before is gone.
    cleared: bool,
}

impl Changes {
    /// Notes that a row was written or removed.
    pub(crate) fn touch(&mut self, table: Table, key: u32) {
        if let Some(noted) = &mut self.noted {
            noted.insert((table, key));
        }
    }

    /// Begins to note.
    fn begin(&mut self) {
        self.noted.get_or_insert_default();
    }

    /// The notes for a state that takes the place of the one that these were for.
    #[must_use]
    pub(crate) fn all_anew(&self) -> Self {
        Self { noted: self.noted.as_ref().map(|_| BTreeSet::new()), cleared: self.noted.is_some() }
    }
}

/// What the store does with a row.
#[repr(u8)]
enum Order {
    Clear = 0,
    Put = 1,
    Delete = 2,
}

/// One order: what, table, key, length, bytes.
fn order(out: &mut Vec<u8>, order: Order, table: u8, key: u32, row: &[u8]) {
    out.extend_from_slice(&[order as u8, table]);
    out.extend_from_slice(&key.to_le_bytes());
    out.extend_from_slice(&u32::try_from(row.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(row);
}

fn put(sandbox: &Sandbox, door: &Door, key: u32, out: &mut Vec<u8>) {
    let mut row = Writer::default();
    match (door.write)(sandbox, key, &mut row) {
        Some(()) => order(out, Order::Put, door.table as u8, key, &row.into_bytes()),
        None => order(out, Order::Delete, door.table as u8, key, &[]),
    }
}

/// All rows, piece by piece: a million accounts are too much for one.
#[derive(Debug, Default)]
pub struct Everything {
    table: usize,
    next: u32,
}

impl Everything {
    /// How large a piece is, about.
    const PIECE: usize = 1 << 20;

    /// The next piece; empty when there is none.
    #[must_use]
    pub fn piece(&mut self, sandbox: &Sandbox) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(door) = TABLES.get(self.table) {
            for key in (door.keys)(sandbox).skip_while(|key| *key < self.next) {
                if out.len() >= Self::PIECE {
                    self.next = key;
                    return out;
                }
                put(sandbox, door, key, &mut out);
            }
            self.table += 1;
            self.next = 0;
        }
        out
    }
}

impl Sandbox {
    /// From now on, notes what every call writes, for [`Sandbox::take_changes`].
    pub fn keep_changes(&mut self) {
        self.ledger.changes.begin();
    }

    /// What was written since the last time. To be written all or none, before the answer leaves; empty where
    /// nothing was.
    pub fn take_changes(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if std::mem::take(&mut self.ledger.changes.cleared) {
            if let Some(noted) = &mut self.ledger.changes.noted {
                noted.clear();
            }
            order(&mut out, Order::Clear, 0, 0, &[]);
            let mut everything = Everything::default();
            loop {
                let piece = everything.piece(self);
                if piece.is_empty() {
                    return out;
                }
                out.extend(piece);
            }
        }
        let Some(noted) = &mut self.ledger.changes.noted else { return out };
        for (table, key) in std::mem::take(noted) {
            if let Some(door) = TABLES.iter().find(|door| door.table == table) {
                put(self, door, key, &mut out);
            }
        }
        out
    }
}
