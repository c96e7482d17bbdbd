//! What the neighbours of rewards take and give.

use super::tiers::{BulkActionMetadata, ItemMetadata};
use crate::record::record;
use crate::types::{CouponReward, DiscountAmount, Reward, RewardType};
use crate::values::Int64;
use crate::{Guid, Timestamp};
use alloc::{string::String, vec::Vec};

record! {
    /// A reward as it is sent. Callers send back what they have read, so what the service sets may stand in it.
    pub struct RewardInput {
        /// Reward ID. Passed over when a reward is created.
        id as "id": Option<Guid>,
        /// Passed over: the official client leaves it behind when it sends back what it has read.
        sdk_id as "_id": Option<String>,
        /// Name, 1 to 50 characters.
        name as "name": String [Len(1, 50)],
        /// Whether it can be redeemed now. No, when absent.
        active as "active": Option<bool>,
        /// Passed over: it follows from what is given.
        reward_type as "type": Option<RewardType>,
        /// The revision that was read. Passed over when a reward is created.
        revision as "revision": Option<Int64>,
        /// Passed over.
        created_date as "createdDate": Option<Timestamp>,
        /// Passed over.
        updated_date as "updatedDate": Option<Timestamp>,
        /// Money off at checkout.
        discount_amount as "discountAmount": Option<DiscountAmount>,
        /// A coupon.
        coupon_reward as "couponReward": Option<CouponReward>,
    }
    rules [ExactlyOne(&["discountAmount", "couponReward"])]
}

record! {
    /// A reward to create.
    pub struct CreateRewardRequest {
        /// The reward.
        reward as "reward": RewardInput,
    }
}
record! {
    /// A reward to replace.
    pub struct UpdateRewardRequest {
        /// The reward, whole.
        reward as "reward": RewardInput,
    }
}
record! {
    /// One reward.
    pub struct RewardResponse {
        /// The reward.
        reward as "reward": Reward,
    }
}

record! {
    /// Rewards to create.
    pub struct BulkCreateRewardsRequest {
        /// The rewards, 1 to 10.
        rewards as "rewards": Vec<RewardInput> [Len(1, 10)],
    }
}
record! {
    /// What came of each reward.
    pub struct BulkCreateRewardsResponse {
        /// In the order of the request.
        results as "results": Vec<BulkRewardResult>,
        /// The numbers.
        bulk_action_metadata as "bulkActionMetadata": BulkActionMetadata,
    }
}
record! {
    /// What came of one reward.
    pub struct BulkRewardResult {
        /// Whether it was created.
        item_metadata as "itemMetadata": ItemMetadata,
        /// The reward.
        item as "item": Option<Reward>,
    }
}

record! {
    /// Which reward to delete.
    pub struct DeleteRewardRequest {
        /// Reward ID.
        id as "id": Guid,
        /// The revision that was read.
        revision as "revision": Int64,
    }
}
