//! Slots in order, by the million: blocks of a thousand, each of two flat arrays.
//!
//! A tree of the standard library would hold every key, and compare without seeing the rows. This holds four bytes
//! of slot and eight of key an entry, and whoever asks says what comes first.

use super::Slot;

/// The most entries of a block. Small in tests, so that a few rows fill many.
const MOST: usize = if cfg!(test) { 8 } else { 1_024 };
/// How full the blocks of a list are that is built at once: room for what comes later.
const FILLED: usize = MOST - MOST / 8;

/// Slots, sorted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sorted {
    /// None is empty.
    blocks: Vec<Block>,
    len: usize,
}

#[derive(Debug, Clone, Default)]
struct Block {
    /// The first entry once more: to find a block, only these are read, and they lie side by side.
    first: (u64, Slot),
    keys: Vec<u64>,
    slots: Vec<Slot>,
}

/// Where an entry stands, or the end of the list. Good until the list changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Place {
    block: usize,
    at: usize,
}

impl Block {
    fn entry(&self, at: usize) -> Option<(u64, Slot)> {
        Some((*self.keys.get(at)?, *self.slots.get(at)?))
    }

    fn insert(&mut self, at: usize, (key, slot): (u64, Slot)) {
        self.keys.insert(at, key);
        self.slots.insert(at, slot);
        self.note_first();
    }

    fn remove(&mut self, at: usize) {
        self.keys.remove(at);
        self.slots.remove(at);
        self.note_first();
    }

    fn note_first(&mut self) {
        self.first = self.entry(0).unwrap_or_default();
    }
}

impl Sorted {
    /// The list of entries that are in order already.
    #[must_use]
    pub(crate) fn of(entries: impl ExactSizeIterator<Item = (u64, Slot)>) -> Self {
        let mut list = Self { blocks: Vec::with_capacity(entries.len() / FILLED + 1), len: entries.len() };
        for (key, slot) in entries {
            if list.blocks.last().is_none_or(|block| block.keys.len() >= FILLED) {
                let (keys, slots) = (Vec::with_capacity(MOST), Vec::with_capacity(MOST));
                list.blocks.push(Block { first: (key, slot), keys, slots });
            }
            if let Some(block) = list.blocks.last_mut() {
                block.keys.push(key);
                block.slots.push(slot);
            }
        }
        list
    }

    /// How many there are.
    #[must_use]
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The place behind the last entry.
    #[must_use]
    pub(crate) fn end(&self) -> Place {
        Place { block: self.blocks.len(), at: 0 }
    }

    /// The entry at a place; none at the end.
    #[must_use]
    pub(crate) fn entry(&self, place: Place) -> Option<(u64, Slot)> {
        self.blocks.get(place.block)?.entry(place.at)
    }

    /// The first place whose entry is not `before`; every entry that is stands in front of every one that isn't.
    pub(crate) fn seek(&self, before: impl Fn(u64, Slot) -> bool) -> Place {
        let is_before = |block: &Block, at| block.entry(at).is_some_and(|(key, slot)| before(key, slot));
        // The block in front of the first one that begins too late is where the place can be.
        let late = self.blocks.partition_point(|block| before(block.first.0, block.first.1));
        let Some(block) = late.checked_sub(1).and_then(|number| self.blocks.get(number)) else {
            return Place::default();
        };
        let (mut low, mut high) = (1, block.keys.len());
        while low < high {
            let middle = low.midpoint(high);
            if is_before(block, middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if low == block.keys.len() {
            Place { block: late, at: 0 }
        } else {
            Place { block: late - 1, at: low }
        }
    }

    /// The place behind.
    #[must_use]
    pub(crate) fn next(&self, place: Place) -> Place {
        let length = self.blocks.get(place.block).map_or(0, |block| block.keys.len());
        if place.at + 1 < length {
            Place { block: place.block, at: place.at + 1 }
        } else {
            Place { block: (place.block + 1).min(self.blocks.len()), at: 0 }
        }
    }

    /// The place in front; none in front of the first.
    #[must_use]
    pub(crate) fn prev(&self, place: Place) -> Option<Place> {
        if let Some(at) = place.at.checked_sub(1) {
            return Some(Place { block: place.block, at });
        }
        let block = place.block.checked_sub(1)?;
        Some(Place { block, at: self.blocks.get(block)?.keys.len().checked_sub(1)? })
    }

    /// How many entries stand in front of a place.
    #[must_use]
    pub(crate) fn rank(&self, place: Place) -> usize {
        let whole: usize = self.blocks.iter().take(place.block).map(|block| block.keys.len()).sum();
        whole + place.at
    }

    /// Puts an entry in front of the first that is not `before` it.
    pub(crate) fn insert(&mut self, key: u64, slot: Slot, before: impl Fn(u64, Slot) -> bool) {
        let mut place = self.seek(before);
        // What belongs between two blocks goes to the end of the first, which is also how a list grows.
        if place.at == 0
            && let Some(last) = self.prev(place)
        {
            place = Place { block: last.block, at: last.at + 1 };
        }
        self.len += 1;
        let end = self.blocks.len();
        let Some(block) = self.blocks.get_mut(place.block) else {
            self.blocks.push(Block { first: (key, slot), keys: vec![key], slots: vec![slot] });
            return;
        };
        if block.keys.len() < MOST {
            block.insert(place.at, (key, slot));
            return;
        }
        // Rows mostly come in the order of their dates: full blocks stay full at the end of the list, and only
        // in the middle are halved.
        let cut = if place.block + 1 == end && place.at == MOST { MOST } else { MOST / 2 };
        let (keys, slots) = (block.keys.split_off(cut), block.slots.split_off(cut));
        let mut rest = Block { first: (key, slot), keys, slots };
        rest.note_first();
        let (half, at) = if place.at > cut || cut == MOST {
            (&mut rest, place.at - cut)
        } else {
            (block, place.at)
        };
        half.insert(at, (key, slot));
        self.blocks.insert(place.block + 1, rest);
    }

    /// Takes the entry at a place out.
    pub(crate) fn remove(&mut self, place: Place) {
        let Some(block) = self.blocks.get_mut(place.block).filter(|block| place.at < block.keys.len()) else {
            return;
        };
        block.remove(place.at);
        self.len -= 1;
        if block.keys.is_empty() {
            self.blocks.remove(place.block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(list: &Sorted) -> Vec<(u64, Slot)> {
        let mut place = list.seek(|_, _| false);
        std::iter::from_fn(|| {
            let entry = list.entry(place);
            place = list.next(place);
            entry
        })
        .collect()
    }

    fn all_back(list: &Sorted) -> Vec<(u64, Slot)> {
        let mut place = list.end();
        std::iter::from_fn(|| {
            place = list.prev(place)?;
            list.entry(place)
        })
        .collect()
    }

    proptest! {
        #[test]
        fn l10_a_sorted_list_is_what_a_plain_one_is(
            start in prop::collection::vec(0_u64..40, 0..60),
            steps in prop::collection::vec((any::<bool>(), 0_u64..40, any::<Slot>()), 0..200),
        ) {
            let mut plain: Vec<(u64, Slot)> = start.iter().enumerate().map(|(at, key)| (*key, at as Slot)).collect();
            plain.sort_unstable();
            let mut list = Sorted::of(plain.clone().into_iter());
            for (adds, key, slot) in steps {
                let place = list.seek(|other, its| (other, its) < (key, slot));
                prop_assert_eq!(list.rank(place), plain.partition_point(|entry| *entry < (key, slot)));
                if adds {
                    list.insert(key, slot, |other, its| (other, its) < (key, slot));
                    plain.push((key, slot));
                    plain.sort_unstable();
                } else if let Some(entry) = list.entry(place) {
                    list.remove(place);
                    let at = plain.iter().position(|other| *other == entry);
                    plain.remove(at.unwrap());
                }
                prop_assert_eq!(list.len(), plain.len());
            }
            prop_assert_eq!(all(&list), plain.clone());
            plain.reverse();
            prop_assert_eq!(all_back(&list), plain);
        }
    }

    #[test]
    fn what_comes_in_order_fills_its_blocks() {
        let mut list = Sorted::default();
        for key in 0..100 {
            list.insert(key, 0, |other, _| other < key);
        }
        assert_eq!(list.blocks.len(), 100_usize.div_ceil(MOST));
        assert_eq!(all(&list).len(), 100);
    }
}
