//! Bulk jobs as bytes: a head each, and their accounts by the thousand, so that a call that works on some of a million
//! writes only those.

use std::collections::BTreeSet;

use loyalty_contract::Timestamp;

use super::bytes::{Reader, Writer};
use super::rows::{VERSION, versioned};
use super::{Stored, Table};
use crate::jobs::{Job, PART, Status, WrittenJobs};
use crate::ledger::change::{Adjustment, Refusal};
use crate::ledger::{ProgramStatus, Slot};
use crate::sandbox::Sandbox;

const STATUSES: [Status; 4] = [Status::Initialized, Status::Processing, Status::Finished, Status::Failed];
/// How many parts a job can have.
const PARTS: u32 = 1_024;

/// The heads.
pub(super) struct Heads;

impl Stored for Heads {
    const TABLE: Table = Table::Jobs;

    fn next(sandbox: &Sandbox, from: u32) -> Option<u32> {
        sandbox.jobs.all().map(|job| job.number).find(|number| *number >= from)
    }

    fn keep(sandbox: &mut Sandbox) {
        sandbox.jobs.written = Some(WrittenJobs::default());
    }

    fn written(sandbox: &mut Sandbox) -> BTreeSet<u32> {
        sandbox.jobs.written.as_mut().map(|written| std::mem::take(&mut written.heads)).unwrap_or_default()
    }

    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()> {
        let job = sandbox.jobs.all().find(|job| job.number == key)?;
        row.number(VERSION);
        match job.adjustment {
            Adjustment::To(balance) => row.number(0).signed(balance),
            Adjustment::By(amount) => row.number(1).signed(amount),
        };
        let status = STATUSES.iter().position(|status| *status == job.status).unwrap_or_default();
        row.number(status as u64).signed(job.created.0).signed(job.updated.0).signed(job.age_ms);
        Some(())
    }

    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()> {
        versioned(row)?;
        let adjustment = match (row.number()?, row.signed()?) {
            (0, balance) => Adjustment::To(balance),
            (1, amount) => Adjustment::By(amount),
            _ => return None,
        };
        let status = *STATUSES.get(row.small::<usize>()?)?;
        let (created, updated) = (Timestamp(row.signed()?), Timestamp(row.signed()?));
        let age_ms = row.signed()?;
        sandbox
            .jobs
            .restore(key, Job { status, updated, age_ms, ..Job::new(sandbox.ids, key, adjustment, created) })
    }
}

/// The accounts.
pub(super) struct Parts;

impl Stored for Parts {
    const TABLE: Table = Table::JobParts;

    fn next(sandbox: &Sandbox, from: u32) -> Option<u32> {
        sandbox.jobs.all().find_map(|job| {
            let parts = u32::try_from(job.targets.len().div_ceil(PART)).ok()?.min(PARTS);
            let first = job.number.saturating_mul(PARTS);
            let next = first.max(from);
            (next - first < parts).then_some(next)
        })
    }

    fn keep(_: &mut Sandbox) {
        // With the heads.
    }

    fn written(sandbox: &mut Sandbox) -> BTreeSet<u32> {
        let parts = sandbox.jobs.written.as_mut().map(|written| std::mem::take(&mut written.parts));
        let key = |(job, part): (u32, usize)| Some(job.saturating_mul(PARTS) + u32::try_from(part).ok()?);
        parts.unwrap_or_default().into_iter().filter_map(key).collect()
    }

    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()> {
        let (number, part) = (key / PARTS, (key % PARTS) as usize);
        let job = sandbox.jobs.all().find(|job| job.number == number)?;
        let targets = job.targets.chunks(PART).nth(part)?;
        let outcomes = job.outcomes.chunks(PART).nth(part).unwrap_or_default();
        row.number(VERSION).number(targets.len() as u64);
        for slot in targets {
            row.number(u64::from(*slot));
        }
        row.number(outcomes.len() as u64);
        for outcome in outcomes {
            write_outcome(outcome, row);
        }
        Some(())
    }

    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()> {
        versioned(row)?;
        let accounts = sandbox.ledger.accounts().len();
        let transactions = sandbox.ledger.transactions().len();
        let length = row.small::<usize>().filter(|length| (1..=PART).contains(length))?;
        let mut targets: Vec<Slot> = Vec::with_capacity(length);
        for _ in 0..length {
            targets.push(row.small().filter(|slot: &Slot| (*slot as usize) < accounts)?);
        }
        let length = row.small::<usize>().filter(|done| *done <= length)?;
        let mut outcomes = Vec::with_capacity(length);
        for _ in 0..length {
            let outcome = read_outcome(row)?;
            if outcome.as_ref().is_ok_and(|slot| *slot as usize >= transactions) {
                return None;
            }
            outcomes.push(outcome);
        }
        sandbox.jobs.restore_part(key / PARTS, (key % PARTS) as usize, targets, outcomes)
    }
}

/// An adjustment without a revision has no other outcomes.
fn write_outcome(outcome: &Result<Slot, Refusal>, row: &mut Writer) {
    match outcome {
        Ok(slot) => row.number(0).number(u64::from(*slot)),
        Err(Refusal::Insufficient { balance }) => row.number(1).signed(*balance),
        Err(Refusal::NotActive(status)) => row.number(2).text(status.as_str()),
        Err(Refusal::TooMany) => row.number(3),
        Err(_) => row.number(4),
    };
}

fn read_outcome(row: &mut Reader<'_>) -> Option<Result<Slot, Refusal>> {
    Some(match row.number()? {
        0 => Ok(row.small()?),
        1 => Err(Refusal::Insufficient { balance: row.signed()? }),
        2 => Err(Refusal::NotActive(ProgramStatus::from_name(row.text()?)?)),
        3 => Err(Refusal::TooMany),
        4 => Err(Refusal::NotFound("account")),
        _ => return None,
    })
}
