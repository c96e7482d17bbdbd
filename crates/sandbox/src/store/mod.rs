//! State that lasts: the rows of the sandbox as bytes, for a store that the shell has.
//!
//! The state machine stays without I/O. What a call writes is noted where it is written (`ledger/table.rs`); the
//! shell takes it with [`Sandbox::take_changes`] and writes it, all or none, before the answer leaves. A later start
//! reads the rows back with [`Opening`].
//!
//! To keep another table:
//! 1. hold its rows in a [`Rows`](crate::ledger::table::Rows), which notes what is written, or note it yourself;
//! 2. add a variant to [`Table`] (its number is in files, so none is ever used again);
//! 3. implement [`Stored`] for a type of your own, and name it in [`TABLES`];
//! 4. draw an operation that writes it in `tests/store.rs`, and see that test fail without the second and third step.
//!
//! The key is any `u32` that stays with the row: a place in a list that only grows, say. A row begins with its
//! version, so that a later one can read what an earlier one wrote.

mod bytes;
mod catalog;
mod jobs;
mod news;
mod opening;
mod rows;
mod site;

use std::collections::BTreeSet;

use crate::sandbox::Sandbox;
use bytes::{Reader, Writer};
pub use opening::Opening;

/// The version of what is in a file: raised when an older sandbox could no longer read it.
pub const FORMAT: u32 = 1;

/// What kind of row it is, as the file has it. Rows are read in the order of these numbers, so a table stands behind
/// those that its rows refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Table {
    /// One row: options, clock, program, settings, faults, what counts up.
    Site = 1,
    /// Tiers.
    Tiers = 2,
    /// Rewards.
    Rewards = 3,
    /// Contacts.
    Contacts = 4,
    /// Accounts.
    Accounts = 5,
    /// Transactions.
    Transactions = 6,
    /// Coupons.
    Coupons = 7,
    /// Bulk jobs.
    Jobs = 8,
    /// The accounts of bulk jobs, and what became of them, some thousand a row.
    JobParts = 9,
    /// One row: how many events there were.
    News = 10,
    /// The events that are still listed.
    Events = 11,
    /// How many events each entity had.
    Sequences = 12,
}

/// A table that is kept.
trait Stored {
    /// Which it is.
    const TABLE: Table;
    /// The first key of a row that is not before `from`.
    fn next(sandbox: &Sandbox, from: u32) -> Option<u32>;
    /// Notes from now on which rows are written.
    fn keep(sandbox: &mut Sandbox);
    /// The keys of the rows that were written or removed since the last time.
    fn written(sandbox: &mut Sandbox) -> BTreeSet<u32>;
    /// Writes a row. `None` if there is none any more.
    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()>;
    /// Puts a row back. Rows come in the order of tables and keys. `None` if it makes no sense.
    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()>;
}

/// What can be done with a table, whichever it is.
struct Door {
    table: Table,
    next: fn(&Sandbox, u32) -> Option<u32>,
    keep: fn(&mut Sandbox),
    written: fn(&mut Sandbox) -> BTreeSet<u32>,
    write: fn(&Sandbox, u32, &mut Writer) -> Option<()>,
    read: fn(&mut Sandbox, u32, &mut Reader<'_>) -> Option<()>,
}

const fn door<S: Stored>() -> Door {
    Door {
        table: S::TABLE,
        next: S::next,
        keep: S::keep,
        written: S::written,
        write: S::write,
        read: S::read,
    }
}

/// Every table, in the order of reading.
const TABLES: &[Door] = &[
    door::<site::Site>(),
    door::<catalog::Tiers>(),
    door::<catalog::Rewards>(),
    door::<rows::Contacts>(),
    door::<rows::Accounts>(),
    door::<rows::Transactions>(),
    door::<catalog::Coupons>(),
    door::<jobs::Heads>(),
    door::<jobs::Parts>(),
    door::<news::Counts>(),
    door::<news::Kept>(),
    door::<news::Sequences>(),
];

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
            while let Some(key) = (door.next)(sandbox, self.next) {
                if out.len() >= Self::PIECE {
                    return out;
                }
                put(sandbox, door, key, &mut out);
                self.next = key.saturating_add(1);
            }
            self.table += 1;
            self.next = 0;
        }
        out
    }
}

/// Whether somebody keeps the sandbox, and what he was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Keeping {
    /// Nobody does.
    #[default]
    Not,
    /// What is written is noted.
    Noted,
    /// All that was there before is gone, and another state in its place.
    Anew,
}

impl Sandbox {
    /// From now on, notes what every call writes, for [`Sandbox::take_changes`].
    pub fn keep_changes(&mut self) {
        self.keeping = Keeping::Noted;
        for door in TABLES {
            (door.keep)(self);
        }
    }

    /// Takes on another state: a fresh one, or one of before. Whoever keeps the sandbox is told of all of it.
    pub fn become_another(&mut self, other: Self) {
        let keeping = self.keeping;
        *self = other;
        if keeping == Keeping::Not {
            self.keeping = keeping;
        } else {
            self.keep_changes();
            self.keeping = Keeping::Anew;
        }
    }

    /// What was written since the last time. To be written all or none, before the answer leaves; empty where
    /// nothing was.
    pub fn take_changes(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if self.keeping == Keeping::Not {
            return out;
        }
        let anew = std::mem::replace(&mut self.keeping, Keeping::Noted) == Keeping::Anew;
        for door in TABLES {
            let written = (door.written)(self);
            for key in written.into_iter().filter(|_| !anew) {
                put(self, door, key, &mut out);
            }
        }
        if anew {
            order(&mut out, Order::Clear, 0, 0, &[]);
            let mut everything = Everything::default();
            loop {
                let piece = everything.piece(self);
                if piece.is_empty() {
                    break;
                }
                out.extend(piece);
            }
        }
        out
    }
}
