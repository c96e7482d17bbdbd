//! An object on its way through the scan: which of its fields have come, and what each reader gets of it.

use loyalty_contract::schema::{Record, Type};
use std::ops::Range;

/// What the names of an object lead to.
#[derive(Clone, Copy)]
pub(super) enum Of {
    Record(&'static Record),
    Map(Type),
    Any,
}

/// The members of an object, as far as they have come.
pub(super) struct Members {
    pub(super) of: Of,
    /// The record's fields that were there, a bit for each.
    seen: u64,
    /// The place of the field that is the likeliest to come: answers are written in an order.
    next: usize,
    /// Where the names that no record knows begin.
    pub(super) names: usize,
}

impl Members {
    pub(super) const fn new(of: Of, names: usize) -> Self {
        Self { of, seen: 0, next: 0, names }
    }

    /// The place of the field of that name, its type, and whether every answer has it.
    pub(super) fn field(&mut self, record: &'static Record, name: &[u8]) -> Option<(usize, Type, bool)> {
        let is = |at: usize| record.fields.get(at).filter(|field| field.name.as_bytes() == name);
        let at = match is(self.next) {
            Some(_) => self.next,
            None => record.fields.iter().position(|field| field.name.as_bytes() == name)?,
        };
        self.next = at + 1;
        is(at).map(|field| (at, field.ty, field.required))
    }

    /// Notes that a field is there. `None` for the second time, and for a place beyond the bits.
    pub(super) fn see(&mut self, at: usize) -> Option<()> {
        let bit = 1_u64.checked_shl(u32::try_from(at).ok()?)?;
        if self.seen & bit != 0 {
            return None;
        }
        self.seen |= bit;
        Some(())
    }

    pub(super) fn are_complete(&self) -> bool {
        let Of::Record(record) = self.of else { return true };
        let mut missing = record.fields.iter().enumerate().filter(|(at, field)| {
            field.required
                && u32::try_from(*at).ok().and_then(|at| self.seen.checked_shr(at)).unwrap_or(0) & 1 == 0
        });
        missing.next().is_none()
    }
}

/// An object in the eyes of one reader. What is cut takes one comma along: the one before it where a member before it
/// stays, else the one behind it.
pub(super) struct Side {
    /// Whether all of the object is cut: then nothing in it is.
    whole: bool,
    /// Whether a member stays.
    kept: bool,
    /// Whether the last cut goes on to the next member.
    open: bool,
}

impl Side {
    pub(super) const fn new(whole: bool) -> Self {
        Self { whole, kept: false, open: false }
    }

    pub(super) fn next_begins(&mut self, cuts: &mut [Range<usize>], start: usize) {
        if let (true, Some(last)) = (self.open, cuts.last_mut()) {
            last.end = start;
        }
        self.open = false;
    }

    /// A member from `start` to `end`; the one before it ended at `last`.
    pub(super) fn ended(
        &mut self,
        cuts: &mut Vec<Range<usize>>,
        gone: bool,
        start: usize,
        last: usize,
        end: usize,
    ) {
        if self.whole {
            return;
        }
        if !gone {
            self.kept = true;
        } else if self.kept {
            cuts.push(last..end);
        } else {
            cuts.push(start..end);
            self.open = true;
        }
    }
}
