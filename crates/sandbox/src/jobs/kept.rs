//! Jobs that come back from a store.

use loyalty_contract::Timestamp;

use super::{Job, Jobs, PART, calls};
use crate::ledger::Slot;
use crate::ledger::change::Refusal;

impl Jobs {
    /// Every job that is remembered, in the order of their numbers.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Job> {
        self.list.iter()
    }

    /// Puts a job back, without its accounts. `None` if it is not behind the one before.
    pub(crate) fn restore(&mut self, number: u32, job: Job) -> Option<()> {
        (number >= self.made).then_some(())?;
        self.made = number.checked_add(1)?;
        self.list.push_back(job);
        Some(())
    }

    /// Puts accounts of a job back, and what became of the first of them. `None` if there is no such job, or it lacks
    /// those before.
    pub(crate) fn restore_part(
        &mut self,
        number: u32,
        part: usize,
        targets: Vec<Slot>,
        outcomes: Vec<Result<Slot, Refusal>>,
    ) -> Option<()> {
        let job = self.list.iter_mut().find(|job| job.number == number)?;
        (job.targets.len() == part * PART).then_some(())?;
        (outcomes.is_empty() || job.outcomes.len() == part * PART).then_some(())?;
        for refusal in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            *job.errors.entry(calls::told(refusal).0).or_default() += 1;
        }
        job.targets.extend(targets);
        job.outcomes.extend(outcomes);
        Some(())
    }

    /// Goes on from now: jobs have not gone on while nobody was there.
    pub(crate) const fn end_restoring(&mut self, now: Timestamp) {
        self.seen = now;
    }
}
