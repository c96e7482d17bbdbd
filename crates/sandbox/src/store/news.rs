//! Events as bytes: those that are still listed, how many there were, and how many each entity had.

use std::collections::BTreeSet;

use super::bytes::{Reader, Writer};
use super::rows::{VERSION, is_next, versioned, within};
use super::{Stored, Table};
use crate::events::MOST;
use crate::ids::Id;
use crate::sandbox::Sandbox;

/// The one row of counts.
pub(super) struct Counts;

impl Stored for Counts {
    const TABLE: Table = Table::News;

    fn next(_: &Sandbox, from: u32) -> Option<u32> {
        within(from, 1)
    }

    fn keep(sandbox: &mut Sandbox) {
        sandbox.ledger.events.keep();
    }

    fn written(sandbox: &mut Sandbox) -> BTreeSet<u32> {
        if sandbox.ledger.events.take_counted() { BTreeSet::from([0]) } else { BTreeSet::new() }
    }

    fn write(sandbox: &Sandbox, _: u32, row: &mut Writer) -> Option<()> {
        let (made, dropped, chance) = sandbox.ledger.events.counts();
        row.number(VERSION).number(made).number(dropped).number(chance.is_some().into());
        row.number(chance.unwrap_or_default());
        Some(())
    }

    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()> {
        versioned(row)?;
        is_next(key, 0)?;
        let (made, dropped) = (row.number()?, row.number()?);
        let (there, chance) = (row.number()? == 1, row.number()?);
        sandbox.ledger.events.restore_counts(made, dropped, there.then_some(chance));
        Some(())
    }
}

/// The events that are listed, each at its number's place in a ring.
pub(super) struct Kept;

impl Stored for Kept {
    const TABLE: Table = Table::Events;

    fn next(sandbox: &Sandbox, from: u32) -> Option<u32> {
        let ring = u32::try_from(MOST).ok()?;
        (from..ring).find(|key| sandbox.ledger.events.listed_at(*key).is_some())
    }

    fn keep(_: &mut Sandbox) {
        // With the counts.
    }

    fn written(sandbox: &mut Sandbox) -> BTreeSet<u32> {
        sandbox.ledger.events.take_listed()
    }

    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()> {
        let (number, event) = sandbox.ledger.events.listed_at(key)?;
        row.number(VERSION).number(number).text(&event);
        Some(())
    }

    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()> {
        versioned(row)?;
        let number = row.number()?;
        (number % MOST as u64 == u64::from(key)).then_some(())?;
        sandbox.ledger.events.restore_listed(number, row.text()?)
    }
}

/// How many events each entity had.
pub(super) struct Sequences;

impl Stored for Sequences {
    const TABLE: Table = Table::Sequences;

    fn next(sandbox: &Sandbox, from: u32) -> Option<u32> {
        within(from, sandbox.ledger.events.sequences().len())
    }

    fn keep(sandbox: &mut Sandbox) {
        sandbox.ledger.events.kept_sequences().keep();
    }

    fn written(sandbox: &mut Sandbox) -> BTreeSet<u32> {
        sandbox.ledger.events.kept_sequences().take_written()
    }

    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()> {
        let (id, number) = sandbox.ledger.events.sequences().get(key as usize)?;
        row.number(VERSION).text(&id.to_string()).number(*number);
        Some(())
    }

    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()> {
        versioned(row)?;
        is_next(key, sandbox.ledger.events.sequences().len())?;
        sandbox.ledger.events.restore_sequence(Id::parse(row.text()?)?, row.number()?)
    }
}
