//! What the shop's coupon of a reward does.

use loyalty_contract::types::{
    CouponReward, CouponScope, CouponSpecification, CouponType, DiscountAmount, RewardScope,
};
use loyalty_contract::values::Decimal;

use super::catalog::Offer;
use crate::ids::Id;

/// The coupon that an account of this tier gets.
#[must_use]
pub(crate) fn of(offer: &Offer, tier: Option<Id>, name: &str) -> CouponSpecification {
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
