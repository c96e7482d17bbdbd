//! Bulk jobs: adjustments of many accounts, worked on between calls.
//!
//! The sandbox has no thread and no timer. Each call first does the work that has come due since the one before, and
//! never more than [`MAX_ITEMS_A_CALL`], so that a job over a million accounts keeps nobody waiting.

mod calls;
mod kept;

pub(crate) use calls::{Place, find};

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use loyalty_contract::Timestamp;

use crate::ids::{Id, IdKind, IdSource};
use crate::ledger::change::{Adjustment, Refusal};
use crate::ledger::{Ledger, ProgramStatus, Slot};

/// How long a job is `INITIALIZED`. Long enough for a caller to see that state.
const START_MS: i64 = 50;
/// How many accounts are worked on in a millisecond, from then on.
const ITEMS_A_MS: i64 = 20;
/// As many accounts as one call works on: some 10 ms of work.
const MAX_ITEMS_A_CALL: usize = 5_000;
/// As many jobs are remembered; then the oldest that has ended is forgotten.
const MAX_JOBS: usize = 100;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Not begun.
    Initialized,
    /// Begun.
    Processing,
    /// Every account was tried.
    Finished,
    /// Given up, because the program stopped being active.
    Failed,
}

impl Status {
    /// The name on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Initialized => "INITIALIZED",
            Self::Processing => "PROCESSING",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
        }
    }

    const fn has_ended(self) -> bool {
        matches!(self, Self::Finished | Self::Failed)
    }
}

/// One job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// Which job of the site it is.
    pub number: u32,
    /// Job ID.
    pub id: Id,
    /// What happens to each account.
    pub adjustment: Adjustment,
    /// The accounts that matched when it was made, in the order of their creation.
    pub targets: Vec<Slot>,
    /// What became of the first of them: the transaction, or why there is none.
    pub outcomes: Vec<Result<Slot, Refusal>>,
    /// How many of those have none, by the code that says why.
    pub errors: BTreeMap<String, usize>,
    /// Where it stands.
    pub status: Status,
    /// When it was made.
    pub created: Timestamp,
    /// When it last moved on.
    pub updated: Timestamp,
    /// How long it has lived.
    pub age_ms: i64,
}

/// All jobs.
#[derive(Debug, Clone)]
pub(crate) struct Jobs {
    ids: IdSource,
    made: u32,
    list: VecDeque<Job>,
    seen: Timestamp,
    /// What was written since a store was last told. Nothing is noted for a shell that keeps nothing.
    pub written: Option<WrittenJobs>,
}

/// So many accounts are kept together.
pub(crate) const PART: usize = 4_096;

/// Jobs that were written.
#[derive(Debug, Clone, Default)]
pub(crate) struct WrittenJobs {
    /// By number.
    pub heads: BTreeSet<u32>,
    /// By number, and the place of the part.
    pub parts: BTreeSet<(u32, usize)>,
}

impl Jobs {
    /// No jobs.
    #[must_use]
    pub(crate) const fn new(ids: IdSource, now: Timestamp) -> Self {
        Self { ids, made: 0, list: VecDeque::new(), seen: now, written: None }
    }

    /// Makes a job over these accounts.
    pub(crate) fn add(&mut self, adjustment: Adjustment, mut targets: Vec<Slot>, now: Timestamp) -> Id {
        targets.sort_unstable();
        let job = Job { targets, ..Job::new(self.ids, self.made, adjustment, now) };
        let id = job.id;
        self.made = self.made.saturating_add(1);
        if self.list.len() >= MAX_JOBS
            && let Some(oldest) = self.list.iter().position(|job| job.status.has_ended())
        {
            let gone = self.list.remove(oldest);
            gone.iter().for_each(|job| note(&mut self.written, job, 0..job.targets.len()));
        }
        note(&mut self.written, &job, 0..job.targets.len());
        self.list.push_back(job);
        id
    }

    /// The job of that id.
    #[must_use]
    pub(crate) fn get(&self, id: Id) -> Option<&Job> {
        self.list.iter().find(|job| job.id == id)
    }

    /// Does what has come due since the last call. Where the clock stands still, a call counts as [`START_MS`], or
    /// whoever waits for a job would wait for ever.
    pub(crate) fn work(&mut self, ledger: &mut Ledger, now: Timestamp, still: bool) {
        let passed = now.0.saturating_sub(self.seen.0).max(if still { START_MS } else { 0 });
        self.seen = now;
        let mut most = MAX_ITEMS_A_CALL;
        for job in self.list.iter_mut().filter(|job| !job.status.has_ended()) {
            job.age_ms = job.age_ms.saturating_add(passed);
            let before = (job.outcomes.len(), job.status);
            job.work(ledger, now, &mut most);
            if passed > 0 || before != (job.outcomes.len(), job.status) {
                note(&mut self.written, job, before.0..job.outcomes.len());
            }
        }
    }
}

/// Notes that a job was written, and what of its accounts.
fn note(written: &mut Option<WrittenJobs>, job: &Job, items: Range<usize>) {
    if let Some(written) = written {
        written.heads.insert(job.number);
        let parts = items.start / PART..items.end.div_ceil(PART);
        written.parts.extend(parts.map(|part| (job.number, part)));
    }
}

impl Job {
    /// A job over no accounts yet.
    pub(crate) fn new(ids: IdSource, number: u32, adjustment: Adjustment, now: Timestamp) -> Self {
        Self {
            number,
            id: ids.nth(IdKind::Job, u64::from(number)),
            adjustment,
            targets: Vec::new(),
            outcomes: Vec::new(),
            errors: BTreeMap::new(),
            status: Status::Initialized,
            created: now,
            updated: now,
            age_ms: 0,
        }
    }

    fn work(&mut self, ledger: &mut Ledger, now: Timestamp, most: &mut usize) {
        if self.age_ms < START_MS {
            return;
        }
        if self.status == Status::Initialized {
            self.status = Status::Processing;
            self.updated = now;
        }
        if ledger.program.status != ProgramStatus::Active {
            self.status = Status::Failed;
            self.updated = now;
            return;
        }
        let due = usize::try_from((self.age_ms - START_MS).saturating_mul(ITEMS_A_MS)).unwrap_or(usize::MAX);
        let done = self.outcomes.len();
        let batch = due.min(self.targets.len()).saturating_sub(done).min(*most);
        for slot in self.targets.iter().skip(done).take(batch) {
            let outcome = ledger.adjust(*slot, self.adjustment, None, None, now);
            if let Err(refusal) = &outcome {
                *self.errors.entry(calls::told(refusal).0).or_default() += 1;
            }
            self.outcomes.push(outcome);
        }
        *most -= batch;
        if batch > 0 {
            self.updated = now;
        }
        // A job over no account ends as soon as one over a single account would.
        if due > 0 && self.outcomes.len() == self.targets.len() {
            self.status = Status::Finished;
            self.updated = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_780_000_000_000);

    fn site(accounts: u32) -> Ledger {
        crate::fixtures::site(1, accounts, NOW)
    }

    #[test]
    fn l13_work_comes_due_with_the_clock_and_in_portions() {
        let mut ledger = site(6_000);
        let mut jobs = Jobs::new(IdSource::new(1), NOW);
        let id = jobs.add(Adjustment::By(1), (0..6_000).rev().collect(), NOW);
        let mut at = |ms: i64| {
            jobs.work(&mut ledger, Timestamp(NOW.0 + ms), false);
            let job = jobs.get(id).unwrap();
            (job.status.as_str(), job.outcomes.len())
        };
        assert_eq!(at(0), ("INITIALIZED", 0));
        assert_eq!(at(49), ("INITIALIZED", 0));
        assert_eq!(at(50), ("PROCESSING", 0));
        assert_eq!(at(51), ("PROCESSING", 20));
        assert_eq!(at(51), ("PROCESSING", 20), "no time, no work");
        assert_eq!(at(10), ("PROCESSING", 20), "a clock that was set back undoes nothing");
        assert_eq!(at(1_000_000), ("PROCESSING", 5_020), "one call never works on more");
        assert_eq!(at(1_000_000), ("FINISHED", 6_000), "what was left over is still due");
        assert!(jobs.get(id).unwrap().targets.is_sorted());
    }

    #[test]
    fn l13_a_standing_clock_moves_a_job_with_every_call() {
        let mut ledger = site(10);
        let mut jobs = Jobs::new(IdSource::new(1), NOW);
        let id = jobs.add(Adjustment::By(1), (0..10).collect(), NOW);
        for expected in ["PROCESSING", "FINISHED", "FINISHED"] {
            jobs.work(&mut ledger, NOW, true);
            assert_eq!(jobs.get(id).unwrap().status.as_str(), expected);
        }
    }

    #[test]
    fn l13_a_paused_program_ends_a_job() {
        let mut ledger = site(100);
        let mut jobs = Jobs::new(IdSource::new(1), NOW);
        let id = jobs.add(Adjustment::By(1), (0..100).collect(), NOW);
        jobs.work(&mut ledger, Timestamp(NOW.0 + 52), false);
        ledger.program.status = ProgramStatus::Paused;
        jobs.work(&mut ledger, Timestamp(NOW.0 + 100), false);
        ledger.program.status = ProgramStatus::Active;
        jobs.work(&mut ledger, Timestamp(NOW.0 + 1_000), false);
        let job = jobs.get(id).unwrap();
        assert_eq!((job.status.as_str(), job.outcomes.len(), job.errors.len()), ("FAILED", 40, 0));
    }

    #[test]
    fn a_job_over_nobody_finishes_and_old_jobs_are_forgotten() {
        let mut ledger = site(0);
        let mut jobs = Jobs::new(IdSource::new(1), NOW);
        let ids: Vec<Id> = (0..MAX_JOBS).map(|_| jobs.add(Adjustment::By(1), Vec::new(), NOW)).collect();
        jobs.work(&mut ledger, Timestamp(NOW.0 + 51), false);
        assert!(ids.iter().all(|id| jobs.get(*id).is_some_and(|job| job.status == Status::Finished)));
        let newest = jobs.add(Adjustment::By(1), Vec::new(), NOW);
        assert!(jobs.get(ids[0]).is_none() && jobs.get(ids[1]).is_some() && jobs.get(newest).is_some());
    }
}
