//! Slots in order, by the million: blocks of some hundred, each of two flat arrays.
//!
//! A tree of the standard library would hold every key, and compare without seeing the rows. This holds four bytes
//! of slot and eight or sixteen of key an entry, and whoever asks says what comes first.

use super::Slot;

/// The most entries of a block. Small in tests, so that a few rows fill many.
const MOST: usize = if cfg!(test) { 8 } else { 512 };
/// How full the blocks of a list are that is built at once: room for what comes later.
const FILLED: usize = MOST - MOST / 8;

/// Slots, sorted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sorted {
    /// None is empty.
    blocks: Vec<Block>,
    len: usize,
    /// Whether keys have sixteen bytes; else only the first eight of them count.
    wide: bool,
}

#[derive(Debug, Clone, Default)]
struct Block {
    /// The first entry once more: to find a block, only these are read, and they lie side by side.
    first: (u128, Slot),
    keys: Vec<u64>,
    /// The second halves of the keys; empty where the first say all.
    more: Vec<u64>,
    slots: Vec<Slot>,
}

/// Where an entry stands, or the end of the list. Good until the list changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Place {
    block: usize,
    at: usize,
}

impl Block {
    fn entry(&self, at: usize) -> Option<(u128, Slot)> {
        let more = self.more.get(at).copied().unwrap_or_default();
        Some((u128::from(*self.keys.get(at)?) << 64 | u128::from(more), *self.slots.get(at)?))
    }

    fn insert(&mut self, at: usize, (key, slot): (u128, Slot), wide: bool) {
        self.keys.insert(at, (key >> 64) as u64);
        if wide {
            self.more.insert(at, key as u64);
        }
        self.slots.insert(at, slot);
        self.note_first();
    }

    fn remove(&mut self, at: usize) {
        self.keys.remove(at);
        if at < self.more.len() {
            self.more.remove(at);
        }
        self.slots.remove(at);
        self.note_first();
    }

    fn note_first(&mut self) {
        self.first = self.entry(0).unwrap_or_default();
    }
}

impl Sorted {
    /// An empty list.
    #[must_use]
    pub(crate) fn new(wide: bool) -> Self {
        Self { wide, ..Self::default() }
    }

    /// The list of entries that are in order already.
    #[must_use]
    pub(crate) fn of(entries: impl ExactSizeIterator<Item = (u128, Slot)>, wide: bool) -> Self {
        let mut list =
            Self { blocks: Vec::with_capacity(entries.len() / FILLED + 1), len: entries.len(), wide };
        for entry in entries {
            if list.blocks.last().is_none_or(|block| block.slots.len() >= FILLED) {
                list.blocks.push(Block {
                    first: entry,
                    keys: Vec::with_capacity(MOST),
                    more: Vec::with_capacity(if wide { MOST } else { 0 }),
                    slots: Vec::with_capacity(MOST),
                });
            }
            if let Some(block) = list.blocks.last_mut() {
                block.keys.push((entry.0 >> 64) as u64);
                if wide {
                    block.more.push(entry.0 as u64);
                }
                block.slots.push(entry.1);
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
    pub(crate) fn entry(&self, place: Place) -> Option<(u128, Slot)> {
        self.blocks.get(place.block)?.entry(place.at)
    }

    /// The first place whose entry is not `before`; every entry that is stands in front of every one that isn't.
    pub(crate) fn seek(&self, before: impl Fn(u128, Slot) -> bool) -> Place {
        let is_before = |block: &Block, at| block.entry(at).is_some_and(|(key, slot)| before(key, slot));
        // The block in front of the first one that begins too late is where the place can be.
        let late = self.blocks.partition_point(|block| before(block.first.0, block.first.1));
        let Some(block) = late.checked_sub(1).and_then(|number| self.blocks.get(number)) else {
            return Place::default();
        };
        let (mut low, mut high) = (1, block.slots.len());
        while low < high {
            let middle = low.midpoint(high);
            if is_before(block, middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if low == block.slots.len() {
            Place { block: late, at: 0 }
        } else {
            Place { block: late - 1, at: low }
        }
    }

    /// The place behind.
    #[must_use]
    pub(crate) fn next(&self, place: Place) -> Place {
        let length = self.blocks.get(place.block).map_or(0, |block| block.slots.len());
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
        Some(Place { block, at: self.blocks.get(block)?.slots.len().checked_sub(1)? })
    }

    /// How many entries stand in front of a place.
    #[must_use]
    pub(crate) fn rank(&self, place: Place) -> usize {
        let whole: usize = self.blocks.iter().take(place.block).map(|block| block.slots.len()).sum();
        whole + place.at
    }

    /// Shows the entries of a part that `keep` lets through to `visit`, up or down, until that says no more. Says
    /// whether it got to the end. Keys are only read of what is kept.
    pub(crate) fn scan(
        &self,
        (low, high): (Place, Place),
        up: bool,
        keep: impl Fn(Slot) -> bool,
        mut visit: impl FnMut(Place, u128, Slot) -> bool,
    ) -> bool {
        if low >= high {
            return true;
        }
        let mut number = if up { low.block } else { high.block };
        loop {
            if let Some(block) = self.blocks.get(number) {
                let from = if number == low.block { low.at } else { 0 };
                let to = if number == high.block { high.at } else { block.slots.len() };
                let one = |(offset, slot): (usize, &Slot)| {
                    if !keep(*slot) {
                        return true;
                    }
                    let at = from + offset;
                    let key = block.entry(at).map_or(0, |(key, _)| key);
                    visit(Place { block: number, at }, key, *slot)
                };
                let part = block.slots.get(from..to).unwrap_or_default();
                let goes_on = if up {
                    part.iter().enumerate().all(one)
                } else {
                    part.iter().enumerate().rev().all(one)
                };
                if !goes_on {
                    return false;
                }
            }
            if number == if up { high.block } else { low.block } {
                return true;
            }
            number = if up { number + 1 } else { number.saturating_sub(1) };
        }
    }

    /// The slots of a part, block by block.
    pub(crate) fn slots(&self, low: Place, high: Place) -> impl Iterator<Item = &[Slot]> {
        let last = if low < high { high.block } else { low.block };
        (low.block..=last).filter_map(move |number| {
            let block = self.blocks.get(number)?;
            let from = if number == low.block { low.at } else { 0 };
            let to = if number == high.block { high.at } else { block.slots.len() };
            block.slots.get(from..to)
        })
    }

    /// Puts an entry in front of the first that is not `before` it.
    pub(crate) fn insert(&mut self, key: u128, slot: Slot, before: impl Fn(u128, Slot) -> bool) {
        let mut place = self.seek(before);
        // What belongs between two blocks goes to the end of the first, which is also how a list grows.
        if place.at == 0
            && let Some(last) = self.prev(place)
        {
            place = Place { block: last.block, at: last.at + 1 };
        }
        self.len += 1;
        let (end, wide) = (self.blocks.len(), self.wide);
        let Some(block) = self.blocks.get_mut(place.block) else {
            let mut block = Block::default();
            block.insert(0, (key, slot), wide);
            self.blocks.push(block);
            return;
        };
        if block.slots.len() < MOST {
            block.insert(place.at, (key, slot), wide);
            return;
        }
        // Rows mostly come in the order of their dates: full blocks stay full at the end of the list, and only
        // in the middle are halved.
        let cut = if place.block + 1 == end && place.at == MOST { MOST } else { MOST / 2 };
        let mut rest = Block {
            first: (key, slot),
            keys: block.keys.split_off(cut),
            more: if wide { block.more.split_off(cut) } else { Vec::new() },
            slots: block.slots.split_off(cut),
        };
        rest.note_first();
        let (half, at) =
            if place.at > cut || cut == MOST { (&mut rest, place.at - cut) } else { (block, place.at) };
        half.insert(at, (key, slot), wide);
        self.blocks.insert(place.block + 1, rest);
    }

    /// Takes the entry at a place out.
    pub(crate) fn remove(&mut self, place: Place) {
        let Some(block) = self.blocks.get_mut(place.block).filter(|block| place.at < block.slots.len())
        else {
            return;
        };
        block.remove(place.at);
        self.len -= 1;
        if block.slots.is_empty() {
            self.blocks.remove(place.block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Keys that differ in their second halves only, where those count.
    fn wider(key: u64, wide: bool) -> u128 {
        if wide { u128::from(key) } else { u128::from(key) << 64 }
    }

    fn all(list: &Sorted) -> Vec<(u128, Slot)> {
        let mut place = list.seek(|_, _| false);
        std::iter::from_fn(|| {
            let entry = list.entry(place);
            place = list.next(place);
            entry
        })
        .collect()
    }

    fn all_back(list: &Sorted) -> Vec<(u128, Slot)> {
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
            wide in any::<bool>(),
            start in prop::collection::vec(0_u64..40, 0..60),
            steps in prop::collection::vec((any::<bool>(), 0_u64..40, any::<Slot>()), 0..200),
        ) {
            let mut plain: Vec<(u128, Slot)> = start.iter().enumerate().map(|(at, key)| (wider(*key, wide), at as Slot)).collect();
            plain.sort_unstable();
            let mut list = Sorted::of(plain.clone().into_iter(), wide);
            for (adds, key, slot) in steps {
                let key = wider(key, wide);
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
            let (low, high) = (list.seek(|key, _| key < wider(9, wide)), list.seek(|key, _| key < wider(29, wide)));
            let mut middle: Vec<(u128, Slot)> =
                plain.iter().copied().filter(|(key, _)| (wider(9, wide)..wider(29, wide)).contains(key)).collect();
            let slots: Vec<Slot> = list.slots(low, high).flatten().copied().collect();
            prop_assert_eq!(slots, middle.iter().map(|(_, slot)| *slot).collect::<Vec<_>>());
            middle.retain(|(_, slot)| slot % 3 != 0);
            for up in [true, false] {
                let mut seen = Vec::new();
                list.scan((low, high), up, |slot| slot % 3 != 0, |place, key, slot| {
                    assert_eq!(list.entry(place), Some((key, slot)));
                    seen.push((key, slot));
                    true
                });
                prop_assert_eq!(&seen, &middle);
                middle.reverse();
            }
            plain.reverse();
            prop_assert_eq!(all_back(&list), plain);
        }
    }

    #[test]
    fn what_comes_in_order_fills_its_blocks() {
        let mut list = Sorted::new(false);
        for key in (0..100).map(|key| wider(key, false)) {
            list.insert(key, 0, |other, _| other < key);
        }
        assert_eq!(list.blocks.len(), 100_usize.div_ceil(MOST));
        assert_eq!(all(&list).len(), 100);
    }
}
