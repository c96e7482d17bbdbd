//! Finds rows by hash without holding their keys: the table has slots, and the rows are asked.

use hashbrown::HashTable;

use super::Slot;

/// Slots by what their rows hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lookup {
    slots: HashTable<Slot>,
}

impl Lookup {
    /// The slot of that hash whose row is the one.
    pub(crate) fn find(&self, hash: u64, is: impl Fn(Slot) -> bool) -> Option<Slot> {
        self.slots.find(hash, |slot| is(*slot)).copied()
    }

    /// Adds a slot. `hash_of` is asked again when the table grows.
    pub(crate) fn insert(&mut self, hash: u64, slot: Slot, hash_of: impl Fn(Slot) -> u64) {
        self.slots.insert_unique(hash, slot, |slot| hash_of(*slot));
    }

    /// Makes room, so that the table does not grow in between.
    pub(crate) fn reserve(&mut self, more: usize, hash_of: impl Fn(Slot) -> u64) {
        self.slots.reserve(more, |slot| hash_of(*slot));
    }
}
