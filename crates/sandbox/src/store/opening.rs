//! Reads a kept sandbox back.

use loyalty_contract::Timestamp;
use serde_json::{Map, Value};

use super::bytes::Reader;
use super::site::Site;
use super::{Order, TABLES, Table};
use crate::clock::Clock;
use crate::options::Options;
use crate::sandbox::Sandbox;

/// A sandbox that is being read.
#[derive(Debug)]
pub struct Opening {
    given: Map<String, Value>,
    real_ms: i64,
    sandbox: Option<Sandbox>,
}

impl Opening {
    /// Begins. The options are JSON text with what was said for this start; the rest is as it was kept.
    ///
    /// # Errors
    /// A sentence that names the wrong option.
    pub fn new(options: &str, real_ms: i64) -> Result<Self, String> {
        Options::from_json(options)?;
        let given = serde_json::from_str(options).map_err(|error| error.to_string())?;
        Ok(Self { given, real_ms, sandbox: None })
    }

    /// Takes rows, in the order of table and key, in the form of [`Sandbox::take_changes`].
    ///
    /// # Errors
    /// A sentence that says why this can't be the state of a sandbox, or not of one with these options.
    pub fn rows(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while !bytes.is_empty() {
            let (table, key, row, rest) = split(bytes).ok_or("A row is cut off.")?;
            bytes = rest;
            self.row(table, key, row)?;
        }
        Ok(())
    }

    fn row(&mut self, table: u8, key: u32, row: &[u8]) -> Result<(), String> {
        let broken = || format!("Row {key} of table {table} can't be read.");
        let mut reader = Reader::new(row);
        if table == Table::Site as u8 {
            let site = Site::from_row(&mut reader).ok_or_else(broken)?;
            let options = self.merged(&site.options)?;
            let faults = options.faults.clone().filter(|_| self.given.contains_key("faults"));
            let webhooks = options.webhooks.clone().filter(|_| self.given.contains_key("webhooks"));
            let mut sandbox = Sandbox::empty(options, self.real_ms);
            site.apply(&mut sandbox).ok_or_else(broken)?;
            if let Some(plan) = faults {
                sandbox.faults.follow(plan);
            }
            if webhooks.is_some() {
                sandbox.ledger.events.deliver_to(webhooks);
            }
            self.sandbox = Some(sandbox);
            return Ok(());
        }
        let door = TABLES.iter().find(|door| door.table as u8 == table).ok_or_else(broken)?;
        let sandbox = self.sandbox.as_mut().ok_or("The row of the site is missing.")?;
        (door.read)(sandbox, key, &mut reader).filter(|()| reader.is_done()).ok_or_else(broken)
    }

    /// What was kept, and over it what was said now. What made the ids and the fixtures can't change any more.
    fn merged(&self, kept: &Options) -> Result<Options, String> {
        let Ok(Value::Object(mut merged)) = serde_json::to_value(kept) else {
            return Err("The options that were kept can't be read.".to_owned());
        };
        for (name, value) in &self.given {
            let was = merged.get(name);
            if ["seed", "accounts"].contains(&name.as_str()) && was != Some(value) {
                let was = was.map(ToString::to_string).unwrap_or_default();
                return Err(format!(
                    "It was made with {name} {was}, and {name} {value} is asked for. Leave {name} out to go on with it."
                ));
            }
            merged.insert(name.clone(), value.clone());
        }
        Options::from_json(&Value::Object(merged).to_string())
    }

    /// The sandbox, once all rows were read.
    ///
    /// # Errors
    /// A sentence that says what does not add up.
    pub fn finish(self) -> Result<Sandbox, String> {
        let mut sandbox = self.sandbox.ok_or("The row of the site is missing.")?;
        sandbox.ledger.end_restoring()?;
        sandbox.ledger.events.end_restoring();
        if let Some(at) =
            self.given.get("now").and_then(|now| serde_json::from_value::<Timestamp>(now.clone()).ok())
        {
            *sandbox.clock = Clock::Standing { at };
        }
        // Jobs have not gone on while nobody was there.
        let now = sandbox.clock.now(self.real_ms);
        sandbox.jobs.end_restoring(now);
        sandbox.keep_changes();
        // What was said for this start is kept for the next.
        sandbox.set_site_aside();
        Ok(sandbox)
    }
}

/// One order of a change set, and what is behind it.
fn split(bytes: &[u8]) -> Option<(u8, u32, &[u8], &[u8])> {
    let (head, rest) = bytes.split_at_checked(10)?;
    let &[order, table, k0, k1, k2, k3, l0, l1, l2, l3] = head else { return None };
    let (row, rest) = rest.split_at_checked(u32::from_le_bytes([l0, l1, l2, l3]) as usize)?;
    (order == Order::Put as u8).then_some((table, u32::from_le_bytes([k0, k1, k2, k3]), row, rest))
}
