//! What the shop's coupon of a reward does.

use std::collections::HashMap;
use std::sync::Arc;

use loyalty_contract::types::{
    CouponReward, CouponScope, CouponSpecification, CouponType, DiscountAmount, RewardScope,
};
use loyalty_contract::values::Decimal;

use super::Slot;
use super::catalog::{Offer, Reward};
use crate::ids::Id;

/// How many are shared at most: beyond, somebody changes rewards all the time.
const MOST: usize = 10_000;

/// What coupons do. Few rewards make many coupons, so what they do is shared.
#[derive(Debug, Clone, Default)]
pub(crate) struct Specifications {
    made: HashMap<(Slot, u64, Option<Id>), Arc<CouponSpecification>>,
    restored: HashMap<Box<str>, Arc<CouponSpecification>>,
}

impl Specifications {
    /// That of a coupon for this reward, in this tier.
    pub(super) fn of(&mut self, slot: Slot, reward: &Reward, tier: Option<Id>) -> Arc<CouponSpecification> {
        if self.made.len() >= MOST {
            self.made.clear();
        }
        let made = self.made.entry((slot, reward.revision, tier));
        Arc::clone(made.or_insert_with(|| Arc::new(of(&reward.offer, tier, &reward.name))))
    }

    /// That of a coupon which comes back from a store, as JSON text.
    pub(crate) fn restore(&mut self, text: &str) -> Option<Arc<CouponSpecification>> {
        if let Some(known) = self.restored.get(text) {
            return Some(Arc::clone(known));
        }
        let read = Arc::new(serde_json::from_str(text).ok()?);
        if self.restored.len() < MOST {
            self.restored.insert(text.into(), Arc::clone(&read));
        }
        Some(read)
    }
}

/// The coupon that an account of this tier gets.
fn of(offer: &Offer, tier: Option<Id>, name: &str) -> CouponSpecification {
    // Found again by the tier: whoever asks has seen that there is a price.
    macro_rules! config {
        ($configs:expr) => {
            $configs
                .iter()
                .find(|config| config.tier_id.as_ref().and_then(|id| Id::parse(id.as_str())) == tier)
        };
    }
    let name = Some(name.to_owned());
    let reward = match offer {
        Offer::Discount(DiscountAmount { configs_by_tier }) => {
            let amount = config!(configs_by_tier).and_then(|config| config.amount.0.parse().ok());
            return CouponSpecification {
                name,
                coupon_type: Some(CouponType::MoneyOffAmount),
                money_off_amount: amount.map(Decimal),
                ..CouponSpecification::default()
            };
        }
        Offer::Coupon(reward) => reward,
    };
    let mut made = CouponSpecification {
        name,
        minimum_subtotal: reward.minimum_subtotal,
        scope: reward.scope.as_ref().map(scope),
        limited_to_one_item: reward.limited_to_one_item,
        applies_to_subscriptions: reward.applies_to_subscriptions,
        discounted_cycle_count: reward.discounted_cycle_count,
        ..CouponSpecification::default()
    };
    match reward {
        CouponReward { fixed_amount: Some(offer), .. } => {
            made.coupon_type = Some(CouponType::MoneyOffAmount);
            made.money_off_amount = config!(offer.configs_by_tier).map(|config| config.amount);
        }
        CouponReward { percentage: Some(offer), .. } => {
            made.coupon_type = Some(CouponType::PercentOffRate);
            made.percent_off_rate = config!(offer.configs_by_tier).map(|config| config.percentage);
        }
        CouponReward { free_shipping: Some(_), .. } => {
            made.coupon_type = Some(CouponType::FreeShipping);
            made.free_shipping = Some(true);
        }
        CouponReward { .. } => made.coupon_type = Some(CouponType::Unknown),
    }
    made
}

fn scope(scope: &RewardScope) -> CouponScope {
    let group = scope.group.as_ref();
    CouponScope {
        namespace: scope.namespace.clone(),
        name: group.and_then(|group| group.name.clone()),
        entity_id: group.and_then(|group| group.entity_id.clone()),
    }
}
