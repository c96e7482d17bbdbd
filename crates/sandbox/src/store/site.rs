//! The one row of the site: options, clock, program, settings, faults, and what counts up.

use std::collections::BTreeSet;

use loyalty_contract::Timestamp;
use loyalty_contract::types::{Image, TierDefinition};
use serde::{Deserialize, Serialize};

use super::bytes::{Reader, Writer};
use super::{Stored, Table};
use crate::clock::Clock;
use crate::events::hook::Hook;
use crate::faults::KeptFaults;
use crate::ledger::catalog::{TierSettings, TiersStatus};
use crate::ledger::coupons::Fate;
use crate::ledger::expiry::Expiration;
use crate::ledger::{Program, ProgramStatus};
use crate::options::Options;
use crate::sandbox::Sandbox;

const VERSION: u64 = 1;

/// The row. JSON, because it is one and has parts that may be absent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Site {
    pub options: Options,
    still: Option<Timestamp>,
    ahead_ms: i64,
    program: KeptProgram,
    tiers: KeptSettings,
    /// The edge of the window that tiers are computed over.
    edge: Timestamp,
    /// What becomes of coupons.
    fate: String,
    hook: Option<Hook>,
    faults: KeptFaults,
    /// Ids of requests are set aside in blocks, so that a read need not be a write.
    requests: u64,
    visitors: u64,
    signing_key: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptProgram {
    name: Box<str>,
    points_name: Box<str>,
    icon: Option<Image>,
    expires: bool,
    months: i64,
    percent: i64,
    since: Timestamp,
    status: String,
    created: Timestamp,
    updated: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptSettings {
    status: String,
    months: i64,
    base: TierDefinition,
    revision: u64,
    created: Timestamp,
    updated: Timestamp,
}

impl KeptProgram {
    fn of(program: &Program) -> Self {
        let Program { name, points_name, icon, expiration, status, created, updated } = program.clone();
        let Expiration { enabled, months, percent, since } = expiration;
        let status = status.as_str().to_owned();
        Self { name, points_name, icon, expires: enabled, months, percent, since, status, created, updated }
    }

    fn program(self) -> Option<Program> {
        let Self { name, points_name, icon, expires, months, percent, since, status, created, updated } =
            self;
        let expiration = Expiration { enabled: expires, months, percent, since };
        let status = ProgramStatus::from_name(&status)?;
        Some(Program { name, points_name, icon, expiration, status, created, updated })
    }
}

impl KeptSettings {
    fn of(settings: &TierSettings) -> Self {
        let TierSettings { status, months, base, revision, created, updated } = settings.clone();
        Self { status: status.as_str().to_owned(), months, base, revision, created, updated }
    }

    fn settings(self) -> Option<TierSettings> {
        let Self { status, months, base, revision, created, updated } = self;
        Some(TierSettings {
            status: TiersStatus::from_name(&status)?,
            months,
            base,
            revision,
            created,
            updated,
        })
    }
}

impl Site {
    fn of(sandbox: &Sandbox) -> Self {
        let ledger = &sandbox.ledger;
        let (still, ahead_ms) = match *sandbox.clock {
            Clock::Running { ahead_ms } => (None, ahead_ms),
            Clock::Standing { at } => (Some(at), 0),
        };
        Self {
            options: sandbox.options.clone(),
            still,
            ahead_ms,
            program: KeptProgram::of(&ledger.program),
            tiers: KeptSettings::of(&ledger.settings),
            edge: ledger.edge_for_store(),
            fate: ledger.fate.outcome().to_owned(),
            hook: ledger.events.hook().cloned(),
            faults: sandbox.faults.kept(),
            requests: sandbox.requests_set_aside(),
            visitors: *sandbox.credentials.visitors,
            signing_key: sandbox.signing_key.clone(),
        }
    }

    /// The row of a version that is known.
    #[must_use]
    pub(super) fn from_row(row: &mut Reader<'_>) -> Option<Self> {
        if row.number()? != VERSION {
            return None;
        }
        serde_json::from_str(row.text()?).ok()
    }

    /// Puts everything but the options where it belongs.
    pub(super) fn apply(self, sandbox: &mut Sandbox) -> Option<()> {
        *sandbox.clock =
            self.still.map_or(Clock::Running { ahead_ms: self.ahead_ms }, |at| Clock::Standing { at });
        let ledger = &mut sandbox.ledger;
        *ledger.program = self.program.program()?;
        *ledger.settings = self.tiers.settings()?;
        ledger.restore_edge(self.edge);
        *ledger.fate = Fate::of(&self.fate)?;
        let instance = sandbox.credentials.instance_id();
        ledger.events.begin(sandbox.options.seed, instance, self.hook);
        sandbox.faults.restore(self.faults);
        sandbox.resume_requests(self.requests);
        *sandbox.credentials.visitors = self.visitors;
        sandbox.signing_key = self.signing_key;
        Some(())
    }
}

impl Stored for Site {
    const TABLE: Table = Table::Site;

    fn next(_: &Sandbox, from: u32) -> Option<u32> {
        (from == 0).then_some(0)
    }

    fn keep(sandbox: &mut Sandbox) {
        let _all = Self::written(sandbox);
    }

    fn written(sandbox: &mut Sandbox) -> BTreeSet<u32> {
        let ledger = &mut sandbox.ledger;
        let parts = [
            sandbox.clock.take_written(),
            ledger.program.take_written(),
            ledger.settings.take_written(),
            ledger.kept_edge().take_written(),
            ledger.fate.take_written(),
            ledger.events.take_hooked(),
            sandbox.faults.take_written(),
            sandbox.take_set_aside(),
            sandbox.credentials.visitors.take_written(),
        ];
        if parts.contains(&true) { BTreeSet::from([0]) } else { BTreeSet::new() }
    }

    fn write(sandbox: &Sandbox, _: u32, row: &mut Writer) -> Option<()> {
        row.number(VERSION).text(&serde_json::to_string(&Self::of(sandbox)).ok()?);
        Some(())
    }

    fn read(sandbox: &mut Sandbox, _: u32, row: &mut Reader<'_>) -> Option<()> {
        Self::from_row(row)?.apply(sandbox)
    }
}
