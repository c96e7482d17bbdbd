//! The whole state, so that two ledgers can be compared.

use serde_json::{Value, json};

use super::orders;
use crate::api::{render, show};
use crate::ledger::Slot;
use crate::query::cell::Collection;
use crate::sandbox::Sandbox;

/// Program, sums, contacts, accounts and transactions, each list in the order of creation.
pub(super) fn whole(sandbox: &Sandbox, real_ms: i64) -> Value {
    let ledger = &sandbox.ledger;
    let slots = |length: usize| 0..Slot::try_from(length).unwrap_or(Slot::MAX);
    let accounts: Vec<_> =
        slots(ledger.accounts().len()).filter_map(|slot| render::account(ledger, slot)).collect();
    let transactions: Vec<_> =
        slots(ledger.transactions().len()).filter_map(|slot| render::transaction(ledger, slot)).collect();
    let contacts: Vec<Value> = ledger.contacts().iter().map(|row| orders::contact(sandbox, row)).collect();
    json!({
        "seed": sandbox.options.seed,
        "clock": orders::clock(sandbox, real_ms),
        "loyaltyProgram": render::program(ledger),
        "totals": ledger.totals(),
        "contacts": contacts,
        "accounts": accounts,
        "transactions": transactions,
        "coupons": slots(ledger.coupons().len())
            .filter(|slot| ledger.coupon(*slot).is_some_and(|row| !row.gone))
            .filter_map(|slot| show::coupon(ledger, slot))
            .collect::<Vec<_>>(),
        "rewards": ledger.rewards_by_date().iter().rev()
            .filter_map(|(_, _, slot)| ledger.reward(*slot)).map(show::reward).collect::<Vec<_>>(),
        "tiers": ledger.ladder().map(show::tier).collect::<Vec<_>>(),
        "programSettings": show::settings(&ledger.settings),
    })
}

/// How many rows there are.
pub(super) fn count(sandbox: &Sandbox) -> Value {
    let ledger = &sandbox.ledger;
    json!({
        "contacts": ledger.contacts().len(),
        "accounts": ledger.accounts().len(),
        "transactions": ledger.transactions().len(),
        "coupons": Collection::Coupons.slots(ledger).count(),
    })
}
