//! The one row of the site: options, clock, program, and what counts up.

use loyalty_contract::Timestamp;
use serde::{Deserialize, Serialize};

use super::bytes::{Reader, Writer};
use super::{Stored, Table};
use crate::clock::Clock;
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
    #[serde(default)]
    ahead_ms: i64,
    program_name: Box<str>,
    program_status: String,
    program_created: Timestamp,
    program_updated: Timestamp,
    /// Ids of requests are set aside in blocks, so that a read need not be a write.
    requests: u64,
    visitors: u64,
}

impl Site {
    /// The row of a version that is known.
    #[must_use]
    pub(super) fn of(row: &mut Reader<'_>) -> Option<Self> {
        if row.number()? != VERSION {
            return None;
        }
        serde_json::from_str(row.text()?).ok()
    }

    /// Puts everything but the options where it belongs.
    pub(super) fn apply(self, sandbox: &mut Sandbox) -> Option<()> {
        sandbox.clock =
            self.still.map_or(Clock::Running { ahead_ms: self.ahead_ms }, |at| Clock::Standing { at });
        sandbox.ledger.program = Program {
            name: self.program_name,
            status: ProgramStatus::from_name(&self.program_status)?,
            created: self.program_created,
            updated: self.program_updated,
        };
        sandbox.resume_requests(self.requests);
        sandbox.credentials.resume_visitors(self.visitors);
        Some(())
    }
}

impl Stored for Site {
    const TABLE: Table = Table::Site;

    fn keys(_: &Sandbox) -> Box<dyn Iterator<Item = u32>> {
        Box::new(std::iter::once(0))
    }

    fn write(sandbox: &Sandbox, _: u32, row: &mut Writer) -> Option<()> {
        let program = &sandbox.ledger.program;
        let (still, ahead_ms) = match sandbox.clock {
            Clock::Running { ahead_ms } => (None, ahead_ms),
            Clock::Standing { at } => (Some(at), 0),
        };
        let site = Self {
            options: sandbox.options.clone(),
            still,
            ahead_ms,
            program_name: program.name.clone(),
            program_status: program.status.as_str().to_owned(),
            program_created: program.created,
            program_updated: program.updated,
            requests: sandbox.requests_set_aside(),
            visitors: sandbox.credentials.visitors(),
        };
        row.number(VERSION).text(&serde_json::to_string(&site).ok()?);
        Some(())
    }

    fn read(sandbox: &mut Sandbox, _: u32, row: &mut Reader<'_>) -> Option<()> {
        Self::of(row)?.apply(sandbox)
    }
}
