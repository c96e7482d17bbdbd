//! The 4 methods of coupons.

use super::{EmptyRequest, endpoint};
use crate::Guid;
use crate::fields::COUPONS_QUERY;
use crate::record::record;
use crate::types::{CursorQuery, LoyaltyCoupon, PagingMetadataV2};
use alloc::vec::Vec;

record! {
    /// Who redeems points, and for what.
    pub struct RedeemPointsForCouponRequest {
        /// Reward ID.
        reward_id as "rewardId": Guid,
        /// ID of the account that pays.
        loyalty_account_id as "loyaltyAccountId": Guid,
    }
}
record! {
    /// One coupon.
    pub struct CouponResponse {
        /// The coupon.
        coupon as "coupon": LoyaltyCoupon,
    }
}
endpoint! {
    /// Redeems an account's points for a coupon.
    /// Never sent again by itself: upstream takes no key for it.
    RedeemPointsForCoupon(RedeemPointsForCouponRequest) -> CouponResponse {
        Post "/loyalty-coupons/v1/coupons", "redeemPointsForCoupon" in Coupons,
        args: &[
            Field { js: "rewardId", wire: "rewardId", optional: false },
            Spread { js: "options", optional: false },
        ],
        unwrap: None,
        identity: App "LOYALTY.REDEEM_COUPON",
        effect: Write(Retry::Never),
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/coupons/redeem-points-for-coupon",
    }
}

record! {
    /// What the member redeems points for.
    pub struct RedeemCurrentMemberPointsForCouponRequest {
        /// Reward ID.
        reward_id as "rewardId": Guid,
    }
}
endpoint! {
    /// Redeems the signed-in member's points for a coupon.
    /// Never sent again by itself: upstream takes no key for it.
    RedeemCurrentMemberPointsForCoupon(RedeemCurrentMemberPointsForCouponRequest) -> CouponResponse {
        Post "/loyalty-coupons/v1/coupons/redeem-my-coupon", "redeemCurrentMemberPointsForCoupon" in Coupons,
        args: &[Field { js: "rewardId", wire: "rewardId", optional: false }],
        unwrap: None,
        identity: AppOrMember "LOYALTY.REDEEM_OWN_COUPON",
        effect: Write(Retry::Never),
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/coupons/redeem-current-member-points-for-coupon",
    }
}

record! {
    /// The member's coupons.
    pub struct GetCurrentMemberCouponsResponse {
        /// The coupons.
        loyalty_coupons as "loyaltyCoupons": Vec<LoyaltyCoupon>,
    }
}
endpoint! {
    /// Reads the signed-in member's coupons.
    GetCurrentMemberCoupons(EmptyRequest) -> GetCurrentMemberCouponsResponse {
        Get "/loyalty-coupons/v1/coupons/my-coupons", "getCurrentMemberCoupons" in Coupons,
        args: &[],
        unwrap: None,
        identity: AppOrMember "LOYALTY.READ_OWN_COUPONS",
        effect: Read,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/coupons/get-current-member-coupons",
    }
}

record! {
    /// A query over coupons.
    pub struct QueryLoyaltyCouponsRequest {
        /// Filter, order and page.
        query as "query": CursorQuery,
    }
}
record! {
    /// A page of coupons.
    pub struct QueryLoyaltyCouponsResponse {
        /// The coupons.
        loyalty_coupons as "loyaltyCoupons": Vec<LoyaltyCoupon>,
        /// Where the page stands.
        metadata as "metadata": Option<PagingMetadataV2>,
    }
}
endpoint! {
    /// Finds coupons.
    QueryLoyaltyCoupons(QueryLoyaltyCouponsRequest) -> QueryLoyaltyCouponsResponse {
        Post "/loyalty-coupons/v1/coupons/query", "queryLoyaltyCoupons" in Coupons,
        args: &[Field { js: "query", wire: "query", optional: false }],
        unwrap: None,
        identity: App "LOYALTY.READ_COUPONS",
        effect: Read,
        fields: COUPONS_QUERY,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/coupons/query-loyalty-coupons",
    }
}
