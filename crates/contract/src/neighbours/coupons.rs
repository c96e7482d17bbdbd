//! What the neighbours of coupons take and give.

use crate::Guid;
use crate::record::record;
use crate::types::LoyaltyCoupon;
use crate::values::Int64;

record! {
    /// Which coupon.
    pub struct GetLoyaltyCouponRequest {
        /// Loyalty coupon ID.
        loyalty_coupon_id as "loyaltyCouponId": Guid,
    }
}
record! {
    /// One coupon.
    pub struct GetLoyaltyCouponResponse {
        /// The coupon.
        loyalty_coupon as "loyaltyCoupon": LoyaltyCoupon,
    }
}

record! {
    /// Which coupon to delete.
    pub struct DeleteLoyaltyCouponRequest {
        /// Loyalty coupon ID.
        id as "id": Guid,
        /// The revision that was read.
        revision as "revision": Int64,
    }
}
