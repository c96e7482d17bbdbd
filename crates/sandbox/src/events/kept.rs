//! What a store has to know of events, and how they come back from it.

use std::collections::BTreeSet;

use super::{Event, Events, MOST};
use crate::ids::Id;
use crate::ledger::table::Rows;

/// What was written since a store was last told. Nothing is noted for a shell that keeps nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Written {
    /// Places of listed events that were written or became empty.
    places: BTreeSet<u32>,
    /// Whether anything was counted.
    counted: bool,
}

/// The place of the n-th event in the ring of those that are listed.
fn place(number: u64) -> u32 {
    (number % MOST as u64) as u32
}

impl Events {
    /// Notes from now on what is written.
    pub(crate) fn keep(&mut self) {
        self.written = Some(Written::default());
    }

    /// Whether the receiver is another one since the last time.
    pub(crate) const fn take_hooked(&mut self) -> bool {
        self.post.take_written()
    }

    /// Notes the event that was just made.
    pub(super) fn note_event(&mut self) {
        if let Some(written) = &mut self.written {
            written.places.insert(place(self.made.saturating_sub(1)));
            written.counted = true;
        }
    }

    /// Notes that all that is listed now will be forgotten.
    pub(super) fn note_clearing(&mut self) {
        let listed = self.first()..self.made;
        if let Some(written) = &mut self.written {
            written.places.extend(listed.map(place));
            written.counted = true;
        }
    }

    /// The number of the oldest event that is listed.
    fn first(&self) -> u64 {
        self.made.saturating_sub(self.kept.len() as u64)
    }

    /// Whether anything was counted since the last time.
    pub(crate) fn take_counted(&mut self) -> bool {
        self.written.as_mut().is_some_and(|written| std::mem::take(&mut written.counted))
    }

    /// The places that were written since the last time.
    pub(crate) fn take_listed(&mut self) -> BTreeSet<u32> {
        self.written.as_mut().map(|written| std::mem::take(&mut written.places)).unwrap_or_default()
    }

    /// How many events there were, how many older ones were dropped, and where the receiver's chance stands.
    #[must_use]
    pub(crate) fn counts(&self) -> (u64, u64, Option<u64>) {
        (self.made, self.dropped, self.post.as_ref().map(|post| post.chance().state()))
    }

    /// The event at a place of the ring: its number, and what is known of it as JSON text.
    #[must_use]
    pub(crate) fn listed_at(&self, key: u32) -> Option<(u64, String)> {
        let first = self.first();
        let offset = (u64::from(key) + MOST as u64 - u64::from(place(first))) % MOST as u64;
        let event = self.kept.get(usize::try_from(offset).ok()?)?;
        Some((first + offset, serde_json::to_string(event).ok()?))
    }

    /// How many events each entity had.
    #[must_use]
    pub(crate) fn sequences(&self) -> &[(Id, u64)] {
        &self.sequences
    }

    /// The same, as a store has to know it.
    pub(crate) const fn kept_sequences(&mut self) -> &mut Rows<(Id, u64)> {
        &mut self.sequences
    }

    /// Puts the counts back.
    pub(crate) fn restore_counts(&mut self, made: u64, dropped: u64, chance: Option<u64>) {
        self.made = made;
        self.dropped = dropped;
        if let Some((post, state)) = self.post.in_passing().as_mut().zip(chance) {
            post.resume(state);
        }
    }

    /// Puts an event back. They come in the order of places, so the list is turned round in the end.
    pub(crate) fn restore_listed(&mut self, number: u64, text: &str) -> Option<()> {
        let event: Event = serde_json::from_str(text).ok()?;
        (number < self.made && self.kept.len() < MOST).then_some(())?;
        // The ring begins anew at the first place: what is behind the newest is older.
        if place(number) > place(self.made.saturating_sub(1)) {
            self.older.push_back(event);
        } else {
            self.kept.push_back(event);
        }
        Some(())
    }

    /// Puts the count of an entity back. `None` where it has one.
    pub(crate) fn restore_sequence(&mut self, id: Id, number: u64) -> Option<()> {
        let slot = self.sequences.add((id, number));
        self.sequence_slots.insert(id, slot).is_none().then_some(())
    }

    /// Puts what was listed in order.
    pub(crate) fn end_restoring(&mut self) {
        let newer = std::mem::take(&mut self.kept);
        self.kept = std::mem::take(&mut self.older);
        self.kept.extend(newer);
    }
}
