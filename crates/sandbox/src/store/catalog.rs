//! Tiers, rewards and coupons as bytes. What the wire has of them is in it as JSON.

use std::collections::BTreeSet;

use loyalty_contract::Timestamp;

use super::bytes::{Reader, Writer};
use super::rows::{VERSION, is_next, versioned, within};
use super::{Stored, Table};
use crate::ids::IdKind;
use crate::ledger::catalog::{Offer, Reward, Tier};
use crate::ledger::coupons::{Coupon, CouponStatus, Fate};
use crate::sandbox::Sandbox;

const STATUSES: [CouponStatus; 5] = [
    CouponStatus::Pending,
    CouponStatus::Active,
    CouponStatus::Applied,
    CouponStatus::Failed,
    CouponStatus::Archived,
];
const FATES: [Fate; 3] = [Fate::Made, Fate::Fails, Fate::Waits];

/// The number of one of a list.
fn place<T: PartialEq>(list: &[T], one: &T) -> u64 {
    list.iter().position(|other| other == one).unwrap_or_default() as u64
}

/// The tiers.
pub(super) struct Tiers;

impl Stored for Tiers {
    const TABLE: Table = Table::Tiers;

    fn next(sandbox: &Sandbox, from: u32) -> Option<u32> {
        within(from, sandbox.ledger.tiers().len())
    }

    fn keep(sandbox: &mut Sandbox) {
        sandbox.ledger.kept_tiers().keep();
    }

    fn written(sandbox: &mut Sandbox) -> BTreeSet<u32> {
        sandbox.ledger.kept_tiers().take_written()
    }

    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()> {
        // How many accounts are in it is counted again from those.
        let Tier { id: _, definition, required, revision, created, updated, accounts: _, gone } =
            sandbox.ledger.tier(key)?;
        row.number(VERSION).text(&serde_json::to_string(definition).ok()?).signed(*required);
        row.number(*revision).signed(created.0).signed(updated.0).number((*gone).into());
        Some(())
    }

    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()> {
        versioned(row)?;
        is_next(key, sandbox.ledger.tiers().len())?;
        let tier = Tier {
            id: sandbox.ids.nth(IdKind::Tier, u64::from(key)),
            definition: serde_json::from_str(row.text()?).ok()?,
            required: row.signed()?,
            revision: row.number()?,
            created: Timestamp(row.signed()?),
            updated: Timestamp(row.signed()?),
            gone: row.number()? == 1,
            accounts: 0,
        };
        sandbox.ledger.restore_tier(tier);
        Some(())
    }
}

/// The rewards.
pub(super) struct Rewards;

impl Stored for Rewards {
    const TABLE: Table = Table::Rewards;

    fn next(sandbox: &Sandbox, from: u32) -> Option<u32> {
        within(from, sandbox.ledger.rewards().len())
    }

    fn keep(sandbox: &mut Sandbox) {
        sandbox.ledger.kept_rewards().keep();
    }

    fn written(sandbox: &mut Sandbox) -> BTreeSet<u32> {
        sandbox.ledger.kept_rewards().take_written()
    }

    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()> {
        let Reward { id: _, name, active, offer, revision, created, updated, gone } =
            sandbox.ledger.reward(key)?;
        let (kind, offer) = match offer {
            Offer::Discount(offer) => (0, serde_json::to_string(offer)),
            Offer::Coupon(offer) => (1, serde_json::to_string(offer)),
        };
        row.number(VERSION).text(name).number((*active).into()).number(kind).text(&offer.ok()?);
        row.number(*revision).signed(created.0).signed(updated.0).number((*gone).into());
        Some(())
    }

    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()> {
        versioned(row)?;
        is_next(key, sandbox.ledger.rewards().len())?;
        let reward = Reward {
            id: sandbox.ledger.reward_id(key),
            name: row.text()?.into(),
            active: row.number()? == 1,
            offer: match row.number()? {
                0 => Offer::Discount(serde_json::from_str(row.text()?).ok()?),
                1 => Offer::Coupon(serde_json::from_str(row.text()?).ok()?),
                _ => return None,
            },
            revision: row.number()?,
            created: Timestamp(row.signed()?),
            updated: Timestamp(row.signed()?),
            gone: row.number()? == 1,
        };
        sandbox.ledger.restore_reward(reward);
        Some(())
    }
}

/// The coupons.
pub(super) struct Coupons;

impl Stored for Coupons {
    const TABLE: Table = Table::Coupons;

    fn next(sandbox: &Sandbox, from: u32) -> Option<u32> {
        within(from, sandbox.ledger.coupons().len())
    }

    fn keep(sandbox: &mut Sandbox) {
        sandbox.ledger.kept_coupons().keep();
    }

    fn written(sandbox: &mut Sandbox) -> BTreeSet<u32> {
        sandbox.ledger.kept_coupons().take_written()
    }

    fn write(sandbox: &Sandbox, key: u32, row: &mut Writer) -> Option<()> {
        let coupon = sandbox.ledger.coupon(key)?;
        let Coupon { id: _, account, reward, name, cost, specification, status, revision, .. } = coupon;
        let Coupon { created, updated, transaction, fate, due_ms, gone, .. } = coupon;
        row.number(VERSION).number(u64::from(*account)).number(u64::from(*reward)).text(name).signed(*cost);
        row.text(&serde_json::to_string(&**specification).ok()?).number(place(&STATUSES, status));
        row.number(*revision).signed(created.0).signed(updated.0).slot(*transaction);
        row.number(place(&FATES, fate)).signed(*due_ms).number((*gone).into());
        Some(())
    }

    fn read(sandbox: &mut Sandbox, key: u32, row: &mut Reader<'_>) -> Option<()> {
        versioned(row)?;
        is_next(key, sandbox.ledger.coupons().len())?;
        let ledger = &mut sandbox.ledger;
        let coupon = Coupon {
            id: ledger.coupon_id(key),
            account: row.small()?,
            reward: row.small()?,
            name: ledger.share(row.text()?),
            cost: row.signed()?,
            specification: ledger.share_specification(row.text()?)?,
            status: *STATUSES.get(row.small::<usize>()?)?,
            revision: row.number()?,
            created: Timestamp(row.signed()?),
            updated: Timestamp(row.signed()?),
            transaction: row.maybe_slot()?,
            fate: *FATES.get(row.small::<usize>()?)?,
            due_ms: row.signed()?,
            gone: row.number()? == 1,
        };
        ledger.restore_coupon(coupon)
    }
}
