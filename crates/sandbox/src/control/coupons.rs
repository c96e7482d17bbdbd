//! What the shop does to coupons: upstream's shop makes, applies and takes them back, and no method of the API does.

use std::cmp::Reverse;

use serde::Deserialize;
use serde_json::{Value, json};

use super::orders::read;
use crate::api::{coupons, show};
use crate::error::Failure;
use crate::ledger::Slot;
use crate::ledger::coupons::{CouponStatus, Fate};
use crate::query::cell::Collection;
use crate::sandbox::Sandbox;

fn shown(sandbox: &Sandbox, slot: Slot) -> Value {
    json!({ "coupon": show::coupon(&sandbox.ledger, slot) })
}

/// Every coupon, the newest first.
pub(super) fn all(sandbox: &Sandbox) -> Value {
    let ledger = &sandbox.ledger;
    let mut slots: Vec<Slot> = Collection::Coupons.slots(ledger).collect();
    slots.sort_unstable_by_key(|slot| ledger.coupon(*slot).map(|row| (Reverse(row.created), row.id)));
    let all: Vec<_> = slots.into_iter().filter_map(|slot| show::coupon(ledger, slot)).collect();
    json!({ "coupons": all })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFate {
    outcome: String,
}

/// Says what becomes of the coupons that are redeemed from now on.
pub(super) fn set_fate(sandbox: &mut Sandbox, body: Value) -> Result<Value, Failure> {
    let new: NewFate = read(body)?;
    *sandbox.ledger.fate = Fate::of(&new.outcome)
        .ok_or_else(|| Failure::invalid_argument("outcome takes ACTIVE, FAILED or PENDING."))?;
    Ok(json!({ "outcome": new.outcome }))
}

/// `coupons/{id}/{order}`
pub(super) fn change(sandbox: &mut Sandbox, place: &str, real_ms: i64) -> Result<Value, Failure> {
    let now = sandbox.clock.now(real_ms);
    let mut parts = place.split('/').skip(1);
    let slot = coupons::find(&sandbox.ledger, parts.next().unwrap_or_default())?;
    let pending = sandbox.ledger.coupon(slot).is_some_and(|row| row.status == CouponStatus::Pending);
    let order = parts.next().unwrap_or_default();
    match (order, pending) {
        ("settle", true) => sandbox.ledger.end_redemption(slot, true, now),
        ("fail", true) => sandbox.ledger.end_redemption(slot, false, now),
        ("settle" | "fail", false) => {
            return Err(Failure::precondition("Only a PENDING coupon can settle or fail."));
        }
        ("apply", _) => sandbox.ledger.apply_coupon(slot, now)?,
        ("refund", _) => drop(sandbox.ledger.refund_coupon(slot, now)?),
        _ => {
            return Err(Failure::not_found("A coupon takes the orders settle, fail, apply and refund."));
        }
    }
    Ok(shown(sandbox, slot))
}
