//! Tiers, rewards and coupons as the wire shows them.

use loyalty_contract::types::{
    CouponReference, CouponStatus as WireStatus, LoyaltyCoupon, Reward as WireReward, RewardType,
    RollingWindow, Tier as WireTier, TiersProgramSettings, TiersProgramStatus,
};
use loyalty_contract::values::Int64;

use crate::ledger::catalog::{Offer, Reward, Tier, TierSettings};
use crate::ledger::coupons::CouponStatus;
use crate::ledger::{Ledger, Slot};

fn revision(number: u64) -> Option<Int64> {
    Some(Int64(number.to_string()))
}

/// A tier.
#[must_use]
pub(crate) fn tier(row: &Tier) -> WireTier {
    WireTier {
        id: row.id.guid(),
        tier_definition: Some(row.definition.clone()),
        required_points: row.required,
        revision: revision(row.revision),
        created_date: Some(row.created),
        updated_date: Some(row.updated),
    }
}

/// The settings of the tiers.
#[must_use]
pub(crate) fn settings(row: &TierSettings) -> TiersProgramSettings {
    TiersProgramSettings {
        rolling_window: Some(RollingWindow { duration_in_months: row.months }),
        status: TiersProgramStatus::from(row.status.as_str()),
        revision: revision(row.revision),
        created_date: Some(row.created),
        updated_date: Some(row.updated),
        base_tier_definition: Some(row.base.clone()),
    }
}

/// A reward.
#[must_use]
pub(crate) fn reward(row: &Reward) -> WireReward {
    let (discount_amount, coupon_reward) = match &row.offer {
        Offer::Discount(offer) => (Some(offer.clone()), None),
        Offer::Coupon(offer) => (None, Some(offer.clone())),
    };
    WireReward {
        id: row.id.guid(),
        name: row.name.to_string(),
        active: Some(row.active),
        reward_type: Some(RewardType::from(row.offer.name())),
        revision: revision(row.revision),
        created_date: Some(row.created),
        updated_date: Some(row.updated),
        discount_amount,
        coupon_reward,
    }
}

/// A coupon. The shop's own is made together with it, before the points move.
#[must_use]
pub(crate) fn coupon(ledger: &Ledger, slot: Slot) -> Option<LoyaltyCoupon> {
    let row = ledger.coupon(slot)?;
    let account = ledger.account(row.account)?;
    let member = ledger.contact(account.contact)?.member.map(|id| id.guid());
    let shop = ledger.shop_coupon(slot);
    let letters: String = shop.to_string().chars().filter(char::is_ascii_alphanumeric).take(10).collect();
    let reference = CouponReference {
        coupon_id: Some(shop.guid()),
        code: Some(format!("LOYAL-{}", letters.to_uppercase())),
        name: Some(row.name.to_string()),
        specification: Some((*row.specification).clone()),
        deleted: Some(row.status == CouponStatus::Archived),
    };
    Some(LoyaltyCoupon {
        id: row.id.guid(),
        account_id: account.id.guid(),
        member_id_deprecated: member.clone(),
        member_id: member,
        transaction_id: row.transaction.and_then(|slot| ledger.transaction(slot)).map(|paid| paid.id.guid()),
        coupon_reference: Some(reference),
        status: WireStatus::from(row.status.as_str()),
        reward_name: Some(row.name.to_string()),
        revision: revision(row.revision),
        created_date: Some(row.created),
        updated_date: Some(row.updated),
        // Only a coupon of checkout exchange is, and there is none here.
        refundable: Some(false),
    })
}
