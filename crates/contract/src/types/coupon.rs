use crate::record::{names, record};
use crate::values::{Decimal, Int64};
use crate::{Guid, Timestamp};
use alloc::{borrow::ToOwned, string::String};

names! {
    /// Where a coupon stands.
    pub enum CouponStatus {
        /// Not told.
        Unknown = "UNKNOWN",
        /// Being made; the points have not moved yet.
        Pending = "PENDING",
        /// Ready to use; the points have moved.
        Active = "ACTIVE",
        /// Used in an order.
        Applied = "APPLIED",
        /// Could not be made; the points stayed.
        Failed = "FAILED",
        /// Put away.
        Archived = "ARCHIVED",
    }
}

names! {
    /// What a coupon does to a price.
    pub enum CouponType {
        /// Not told.
        Unknown = "UNKNOWN",
        /// Money off.
        MoneyOffAmount = "MONEY_OFF_AMOUNT",
        /// Percent off.
        PercentOffRate = "PERCENT_OFF_RATE",
        /// Free shipping.
        FreeShipping = "FREE_SHIPPING",
        /// One price.
        FixedPriceAmount = "FIXED_PRICE_AMOUNT",
        /// Some free for some bought.
        BuyXGetY = "BUY_X_GET_Y",
    }
}

record! {
    /// A coupon that points were redeemed for.
    pub struct LoyaltyCoupon {
        /// Loyalty coupon ID.
        id as "id": Guid [ReadOnly],
        /// ID of the account whose points paid for it.
        account_id as "accountId": Guid,
        /// The member's ID, in a field of old.
        member_id_deprecated as "memberIdDeprecated": Option<Guid>,
        /// The member's ID.
        member_id as "memberId": Option<Guid>,
        /// The transaction that paid for it. Absent until the coupon is active.
        transaction_id as "transactionId": Option<Guid>,
        /// The coupon of the site's shop, which is made before the points move.
        coupon_reference as "couponReference": Option<CouponReference>,
        /// Where it stands.
        status as "status": CouponStatus,
        /// Name of the reward, 1 to 50 characters.
        reward_name as "rewardName": Option<String> [Len(1, 50)],
        /// Goes up by 1 with each change.
        revision as "revision": Option<Int64> [ReadOnly],
        /// When the coupon was created.
        created_date as "createdDate": Option<Timestamp> [ReadOnly],
        /// When the coupon was last changed.
        updated_date as "updatedDate": Option<Timestamp> [ReadOnly],
        /// Whether it was made by a checkout that may take it back. Such a coupon is not to be shown to customers.
        refundable as "refundable": Option<bool>,
    }
}

record! {
    /// The coupon of the site's shop.
    pub struct CouponReference {
        /// Coupon ID.
        coupon_id as "couponId": Option<Guid>,
        /// The code that a customer enters, up to 20 characters.
        code as "code": Option<String> [Len(0, 20)],
        /// Name, up to 80 characters.
        name as "name": Option<String> [Len(0, 80)],
        /// What it does.
        specification as "specification": Option<CouponSpecification>,
        /// Whether it was deleted.
        deleted as "deleted": Option<bool>,
    }
}

record! {
    /// What a coupon does.
    pub struct CouponSpecification {
        /// Money off, at least 0.01.
        money_off_amount as "moneyOffAmount": Option<Decimal> [MinHundredths(1)],
        /// Percent off.
        percent_off_rate as "percentOffRate": Option<Decimal>,
        /// Free shipping.
        free_shipping as "freeShipping": Option<bool>,
        /// One price.
        fixed_price_amount as "fixedPriceAmount": Option<Decimal>,
        /// Some free for some bought.
        buy_x_get_y as "buyXGetY": Option<BuyXGetY>,
        /// What it works for.
        scope as "scope": Option<CouponScope>,
        /// The least subtotal that it works for.
        minimum_subtotal as "minimumSubtotal": Option<Decimal>,
        /// Name.
        name as "name": Option<String>,
        /// What it does to a price.
        coupon_type as "type": Option<CouponType>,
        /// Whether it works for one item of a cart only.
        limited_to_one_item as "limitedToOneItem": Option<bool>,
        /// Whether it works for subscriptions.
        applies_to_subscriptions as "appliesToSubscriptions": Option<bool>,
        /// For how many cycles of a subscription, 1 to 999.
        discounted_cycle_count as "discountedCycleCount": Option<i64> [Range(1, 999)],
    }
}

record! {
    /// Some free for some bought.
    pub struct BuyXGetY {
        /// How many to buy.
        x as "x": Option<i64>,
        /// How many are free.
        y as "y": Option<i64>,
    }
}

record! {
    /// What a coupon works for.
    pub struct CouponScope {
        /// Part of the site: `stores`, `bookings`, `events` or `pricingPlans`.
        namespace as "namespace": Option<String>,
        /// Name of the group of things, such as `product`.
        name as "name": Option<String>,
        /// ID of one thing of the group.
        entity_id as "entityId": Option<String>,
    }
}
