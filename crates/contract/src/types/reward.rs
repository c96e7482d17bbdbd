use crate::record::{names, record};
use crate::values::{Decimal, Int64, MoneyString};
use crate::{Guid, Timestamp};
use alloc::{borrow::ToOwned, string::String, vec::Vec};

names! {
    /// What a reward gives.
    pub enum RewardType {
        /// Not told.
        Undefined = "UNDEFINED",
        /// Money off at checkout.
        DiscountAmount = "DISCOUNT_AMOUNT",
        /// A coupon.
        CouponReward = "COUPON_REWARD",
    }
}

record! {
    /// What points can be redeemed for.
    pub struct Reward {
        /// Reward ID.
        id as "id": Guid [ReadOnly],
        /// Name, 1 to 50 characters.
        name as "name": String [Len(1, 50)],
        /// Whether it can be redeemed now.
        active as "active": Option<bool>,
        /// What it gives.
        reward_type as "type": Option<RewardType> [ReadOnly],
        /// Goes up by 1 with each change.
        revision as "revision": Option<Int64> [ReadOnly],
        /// When the reward was created.
        created_date as "createdDate": Option<Timestamp> [ReadOnly],
        /// When the reward was last changed.
        updated_date as "updatedDate": Option<Timestamp> [ReadOnly],
        /// Of a DISCOUNT_AMOUNT.
        discount_amount as "discountAmount": Option<DiscountAmount>,
        /// Of a COUPON_REWARD.
        coupon_reward as "couponReward": Option<CouponReward>,
    }
    rules [AtMostOne(&["discountAmount", "couponReward"])]
}

record! {
    /// Money off at checkout.
    pub struct DiscountAmount {
        /// Cost and worth by tier, up to 21.
        configs_by_tier as "configsByTier": Vec<DiscountAmountConfig> [Len(0, 21)],
    }
}

record! {
    /// Cost and worth of a discount in one tier.
    pub struct DiscountAmountConfig {
        /// Money off: a decimal string above 0 with at most two digits behind the point.
        amount as "amount": MoneyString [Money],
        /// Tier ID. Absent for the base tier.
        tier_id as "tierId": Option<Guid>,
        /// Cost in points, 1 to 9,999,999.
        cost_in_points as "costInPoints": i64 [Range(1, 9_999_999)],
    }
}

record! {
    /// A coupon to redeem points for.
    pub struct CouponReward {
        /// Money off.
        fixed_amount as "fixedAmount": Option<FixedAmountCoupon>,
        /// Percent off.
        percentage as "percentage": Option<PercentageCoupon>,
        /// Free shipping.
        free_shipping as "freeShipping": Option<FreeShippingCoupon>,
        /// The least subtotal that the coupon works for.
        minimum_subtotal as "minimumSubtotal": Option<Decimal>,
        /// What the coupon works for.
        scope as "scope": Option<RewardScope>,
        /// Whether it works for one item of a cart only.
        limited_to_one_item as "limitedToOneItem": Option<bool>,
        /// Whether it works for subscriptions.
        applies_to_subscriptions as "appliesToSubscriptions": Option<bool>,
        /// For how many cycles of a subscription, 1 to 999.
        discounted_cycle_count as "discountedCycleCount": Option<i64> [Range(1, 999)],
    }
    rules [
        AtMostOne(&["fixedAmount", "percentage", "freeShipping"]),
        AtMostOne(&["minimumSubtotal", "scope"]),
    ]
}

record! {
    /// A coupon of money off.
    pub struct FixedAmountCoupon {
        /// Cost and worth by tier, 1 to 21.
        configs_by_tier as "configsByTier": Vec<FixedAmountConfig> [Len(1, 21)],
    }
}

record! {
    /// Cost and worth of a money-off coupon in one tier.
    pub struct FixedAmountConfig {
        /// Tier ID. Absent for the base tier.
        tier_id as "tierId": Option<Guid>,
        /// Cost in points, 1 to 9,999,999.
        cost_in_points as "costInPoints": i64 [Range(1, 9_999_999)],
        /// Money off, at least 0.01.
        amount as "amount": Decimal [MinHundredths(1)],
    }
}

record! {
    /// A coupon of percent off.
    pub struct PercentageCoupon {
        /// Cost and worth by tier, 1 to 21.
        configs_by_tier as "configsByTier": Vec<PercentageConfig> [Len(1, 21)],
    }
}

record! {
    /// Cost and worth of a percent-off coupon in one tier.
    pub struct PercentageConfig {
        /// Tier ID. Absent for the base tier.
        tier_id as "tierId": Option<Guid>,
        /// Cost in points, 1 to 9,999,999.
        cost_in_points as "costInPoints": i64 [Range(1, 9_999_999)],
        /// Percent off.
        percentage as "percentage": Decimal,
    }
}

record! {
    /// A coupon of free shipping.
    pub struct FreeShippingCoupon {
        /// Cost by tier, 1 to 21.
        configs_by_tier as "configsByTier": Vec<FreeShippingConfig> [Len(1, 21)],
    }
}

record! {
    /// Cost of a free-shipping coupon in one tier.
    pub struct FreeShippingConfig {
        /// Tier ID. Absent for the base tier.
        tier_id as "tierId": Option<Guid>,
        /// Cost in points, 1 to 9,999,999.
        cost_in_points as "costInPoints": i64 [Range(1, 9_999_999)],
    }
}

record! {
    /// What a reward's coupon works for.
    pub struct RewardScope {
        /// Part of the site, such as `stores`.
        namespace as "namespace": Option<String>,
        /// Group within it.
        group as "group": Option<RewardScopeGroup>,
    }
}

record! {
    /// A group of things that a coupon works for.
    pub struct RewardScopeGroup {
        /// Name, such as `product`.
        name as "name": Option<String>,
        /// ID of one thing of the group.
        entity_id as "entityId": Option<String>,
    }
}
