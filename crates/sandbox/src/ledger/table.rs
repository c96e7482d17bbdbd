//! Tables of rows, and the only way to write them: whoever changes a row has told a store of it, too.
//!
//! A row that was written without being noted would be there until the sandbox ends and gone afterwards. So nothing
//! here gives out a row to write without noting it.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};

use super::Slot;

/// Rows in the order of recording. None is ever removed, so a slot stays good; a deleted one is marked.
#[derive(Debug, Clone)]
pub(crate) struct Rows<T> {
    rows: Vec<T>,
    /// Slots of rows that were written. Nothing is noted for a shell that keeps nothing.
    written: Option<BTreeSet<Slot>>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), written: None }
    }
}

impl<T> Deref for Rows<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.rows
    }
}

impl<T> Rows<T> {
    /// The slot of the next row.
    #[must_use]
    pub(crate) fn next(&self) -> Slot {
        Slot::try_from(self.rows.len()).unwrap_or(Slot::MAX)
    }

    /// The row at a slot.
    #[must_use]
    pub(crate) fn at(&self, slot: Slot) -> Option<&T> {
        self.rows.get(slot as usize)
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, row: T) -> Slot {
        let slot = self.next();
        self.note(slot);
        self.rows.push(row);
        slot
    }

    /// The row at a slot, to be changed.
    pub(crate) fn change(&mut self, slot: Slot) -> Option<&mut T> {
        if (slot as usize) < self.rows.len() {
            self.note(slot);
        }
        self.rows.get_mut(slot as usize)
    }

    fn note(&mut self, slot: Slot) {
        if let Some(written) = &mut self.written {
            written.insert(slot);
        }
    }

    /// Makes room for that many more.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.rows.reserve(more);
    }

    /// Notes from now on what is written.
    pub(crate) fn keep(&mut self) {
        self.written = Some(BTreeSet::new());
    }

    /// The slots of the rows that were written since the last time.
    pub(crate) fn take_written(&mut self) -> BTreeSet<Slot> {
        self.written.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

/// One value that is kept with others of its kind. To change it is to note it.
#[derive(Debug, Clone)]
pub(crate) struct Kept<T> {
    value: T,
    written: bool,
}

impl<T> Kept<T> {
    /// A value that nobody has changed yet.
    pub(crate) const fn new(value: T) -> Self {
        Self { value, written: false }
    }

    /// Notes that something was written that is kept with it.
    pub(crate) const fn note(&mut self) {
        self.written = true;
    }

    /// The value, to change in it what is not kept, or kept elsewhere.
    pub(crate) const fn in_passing(&mut self) -> &mut T {
        &mut self.value
    }

    /// Whether it was written since the last time.
    pub(crate) const fn take_written(&mut self) -> bool {
        std::mem::replace(&mut self.written, false)
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Kept<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.written = true;
        &mut self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l12_whoever_can_write_has_noted_it() {
        let mut rows = Rows::default();
        assert_eq!(rows.add("before anybody keeps"), 0);
        assert!(rows.take_written().is_empty());
        rows.keep();
        assert_eq!((rows.add("b"), rows.add("c")), (1, 2));
        *rows.change(0).unwrap() = "a";
        assert_eq!(rows.change(3), None);
        assert_eq!(rows.take_written(), BTreeSet::from([0, 1, 2]));
        assert!(rows.take_written().is_empty());
        assert_eq!(&*rows, ["a", "b", "c"]);

        let mut kept = Kept::new(1);
        assert!(!kept.take_written() && *kept == 1);
        *kept = 2;
        assert!(kept.take_written());
        assert!(!kept.take_written() && *kept == 2);
    }
}
