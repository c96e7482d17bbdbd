//! `client.coupons()`

use loyalty_contract::Guid;
use loyalty_contract::coupons::{
    CouponResponse, GetCurrentMemberCoupons, GetCurrentMemberCouponsResponse, QueryLoyaltyCoupons,
    QueryLoyaltyCouponsRequest, QueryLoyaltyCouponsResponse, RedeemCurrentMemberPointsForCoupon,
    RedeemCurrentMemberPointsForCouponRequest, RedeemPointsForCoupon, RedeemPointsForCouponRequest,
};
use loyalty_contract::types::{CursorQuery, LoyaltyCoupon};

use super::{Client, QueryBuilder, call::call};
use crate::Error;

/// The functions of coupons.
#[derive(Debug, Clone, Copy)]
pub struct Coupons<'a>(pub(super) &'a Client);

impl<'a> Coupons<'a> {
    /// Puts a query together step by step: `find().descending("createdDate").limit(10).find()`.
    #[must_use]
    pub const fn find(&self) -> QueryBuilder<'a, QueryLoyaltyCoupons> {
        QueryBuilder::new(self.0)
    }

    /// Redeems the signed-in member's points for a coupon, which is `PENDING` at first. The points move when it becomes
    /// `ACTIVE`: see [`Coupons::current_member`]. Never sent again by itself; the same `idempotency_key` in the
    /// options makes another call of it safe.
    ///
    /// `POST /loyalty-coupons/v1/coupons/redeem-my-coupon`
    ///
    /// # Errors
    /// `INSUFFICIENT_POINTS`, `NOT_FOUND` for an unknown reward, `ACCOUNT_NOT_FOUND` where the member has no account,
    /// `PROGRAM_NOT_ACTIVE`, `OUTCOME_UNKNOWN`.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/coupons/redeem-current-member-points-for-coupon>
    pub async fn redeem_current_member(&self, reward_id: &Guid) -> Result<LoyaltyCoupon, Error> {
        let request = RedeemCurrentMemberPointsForCouponRequest { reward_id: reward_id.clone() };
        let answer: CouponResponse = call::<RedeemCurrentMemberPointsForCoupon, _>(self.0, &request).await?;
        Ok(answer.coupon)
    }

    /// Redeems an account's points for a coupon. For staff and admins.
    ///
    /// `POST /loyalty-coupons/v1/coupons`
    ///
    /// # Errors
    /// As [`Coupons::redeem_current_member`].
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/coupons/redeem-points-for-coupon>
    pub async fn redeem(&self, reward_id: &Guid, account_id: &Guid) -> Result<LoyaltyCoupon, Error> {
        let request = RedeemPointsForCouponRequest {
            reward_id: reward_id.clone(),
            loyalty_account_id: account_id.clone(),
        };
        let answer: CouponResponse = call::<RedeemPointsForCoupon, _>(self.0, &request).await?;
        Ok(answer.coupon)
    }

    /// Reads the signed-in member's coupons.
    ///
    /// `GET /loyalty-coupons/v1/coupons/my-coupons`
    ///
    /// # Errors
    /// `UNAUTHENTICATED` without a valid token, `ACCOUNT_NOT_FOUND` where the member has no account yet.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/coupons/get-current-member-coupons>
    pub async fn current_member(&self) -> Result<Vec<LoyaltyCoupon>, Error> {
        let answer: GetCurrentMemberCouponsResponse =
            call::<GetCurrentMemberCoupons, _>(self.0, &Default::default()).await?;
        Ok(answer.loyalty_coupons)
    }

    /// Finds coupons, 50 a page unless told otherwise, 100 at most.
    ///
    /// `POST /loyalty-coupons/v1/coupons/query`
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a field or operator that the method doesn't have.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/coupons/query-loyalty-coupons>
    pub async fn query(&self, query: CursorQuery) -> Result<QueryLoyaltyCouponsResponse, Error> {
        call::<QueryLoyaltyCoupons, _>(self.0, &QueryLoyaltyCouponsRequest { query }).await
    }
}
