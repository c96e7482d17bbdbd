use crate::record::{names, record};
use crate::{Guid, Timestamp};
use alloc::{borrow::ToOwned, string::String};

names! {
    /// What moved the points.
    pub enum TransactionType {
        /// Not told.
        Unknown = "UNKNOWN",
        /// Points were earned.
        Earn = "EARN",
        /// Points were redeemed for a reward.
        Redeem = "REDEEM",
        /// The balance was set or changed by staff.
        Adjust = "ADJUST",
        /// Redeemed points came back.
        Refund = "REFUND",
        /// Points expired.
        Expire = "EXPIRE",
    }
}

record! {
    /// One movement of points. Never changes once it exists.
    pub struct LoyaltyTransaction {
        /// Transaction ID.
        id as "id": Guid [ReadOnly],
        /// ID of the account whose points moved.
        account_id as "accountId": Guid,
        /// When it happened.
        created_date as "createdDate": Option<Timestamp> [ReadOnly],
        /// How many points moved; negative where they left the account.
        amount as "amount": i64,
        /// What moved them.
        transaction_type as "transactionType": TransactionType,
        /// Text for people, up to 100 characters.
        description as "description": Option<String> [Len(0, 100)],
        /// The key that keeps it from happening twice.
        idempotency_key as "idempotencyKey": Option<String> [Len(0, 128)],
        /// Of an EARN.
        earn_info as "earnInfo": Option<EarnInfo>,
        /// Of a REDEEM.
        redeem_info as "redeemInfo": Option<RedeemInfo>,
        /// Of an ADJUST.
        adjust_info as "adjustInfo": Option<AdjustInfo>,
        /// Of a REFUND.
        refund_info as "refundInfo": Option<RefundInfo>,
        /// Of an EXPIRE.
        expire_info as "expireInfo": Option<ExpireInfo>,
    }
    rules [AtMostOne(&["earnInfo", "redeemInfo", "adjustInfo", "refundInfo", "expireInfo"])]
}

record! {
    /// Where earned points came from.
    pub struct EarnInfo {
        /// ID of the app that gave them.
        app_id as "appId": String [Len(1, 100)],
        /// The activity, in the app's words.
        activity_type as "activityType": Option<String> [Len(0, 100)],
        /// The order that earned them.
        order_id as "orderId": Option<String> [Len(0, 512)],
        /// The social channel that was followed.
        followed_social_media as "followedSocialMedia": Option<FollowedSocialMedia>,
    }
}

record! {
    /// A social channel that a customer follows for points.
    pub struct FollowedSocialMedia {
        /// Name of the channel, up to 32 characters.
        channel as "channel": Option<String> [Len(0, 32)],
    }
}

record! {
    /// What points were redeemed for.
    pub struct RedeemInfo {
        /// Reward ID.
        reward_id as "rewardId": Guid,
        /// Kind of the reward.
        reward_type as "rewardType": Option<String>,
        /// The coupon that came of it.
        reference_entity_id as "referenceEntityId": Option<Guid>,
    }
}

record! {
    /// The balance around an adjustment.
    pub struct AdjustInfo {
        /// ID of the app that adjusted.
        app_id as "appId": Option<String>,
        /// Balance before, in points.
        amount_before as "amountBefore": Option<i64>,
        /// Balance after, in points.
        amount_after as "amountAfter": Option<i64>,
    }
}

record! {
    /// What was refunded.
    pub struct RefundInfo {
        /// ID of the app that refunded.
        app_id as "appId": Option<String>,
        /// The transaction that it undoes.
        refunded_transaction_id as "refundedTransactionId": Option<Guid>,
    }
}

record! {
    /// The balance around an expiry.
    pub struct ExpireInfo {
        /// Balance before, in points.
        amount_before as "amountBefore": Option<i64>,
        /// Balance after, in points.
        amount_after as "amountAfter": Option<i64>,
    }
}
