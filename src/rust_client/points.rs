//! `client.points()`

use loyalty_contract::Guid;
use loyalty_contract::accounts::PointsResponse;
use loyalty_contract::points::{Earn, EarnRequest};
use loyalty_contract::types::{CouponStatus, LoyaltyCoupon};

use super::{CallOptions, Client, call::call, transport};
use crate::Error;

/// How long to look after a coupon in the making, and how long to wait between looks at first.
const MAKING_MS: u32 = 10_000;
const FIRST_LOOK_MS: u32 = 100;

/// The functions of points: what the proxy adds to the service's own.
#[derive(Debug, Clone, Copy)]
pub struct Points<'a>(pub(super) &'a Client);

impl Points<'_> {
    /// Earns points by a named action of the proxy's policy, which knows what it is worth. `subject` says what it was
    /// done to, such as the ID of a reviewed product.
    ///
    /// `POST {proxy}/actions/{action}`
    ///
    /// # Errors
    /// `LIMIT_REACHED` where a cap of the action is reached, `PERMISSION_DENIED` where the policy doesn't grant it or
    /// its proof failed.
    pub async fn earn(&self, action: &str, subject: Option<&str>) -> Result<PointsResponse, Error> {
        let request =
            EarnRequest { action: action.to_owned(), subject: subject.map(str::to_owned), parameters: None };
        self.earn_with(&request).await
    }

    /// The same with parameters for the policy's table or its `confirm` hook.
    ///
    /// # Errors
    /// As [`Points::earn`].
    pub async fn earn_with(&self, request: &EarnRequest) -> Result<PointsResponse, Error> {
        call::<Earn, _>(self.0, request).await
    }

    /// Redeems the signed-in member's points for a coupon, and waits until it is `ACTIVE` or `FAILED`, for 10 seconds
    /// or `timeout_ms` of the options, whichever is less. Once the redemption was taken it never fails: an error would
    /// say that it may be tried again. A coupon that is still `PENDING` then is found by [`Coupons::current_member`].
    ///
    /// `POST /loyalty-coupons/v1/coupons/redeem-my-coupon`
    ///
    /// # Errors
    /// As [`Coupons::redeem_current_member`].
    ///
    /// [`Coupons::current_member`]: super::Coupons::current_member
    /// [`Coupons::redeem_current_member`]: super::Coupons::redeem_current_member
    pub async fn redeem(&self, reward_id: &Guid) -> Result<LoyaltyCoupon, Error> {
        let began = transport::now_ms();
        let options = &self.0.options;
        let whole = f64::from(options.timeout_ms.unwrap_or(MAKING_MS).min(MAKING_MS));
        let mut coupon = self.0.coupons().redeem_current_member(reward_id).await?;
        let mut pause = FIRST_LOOK_MS;
        while coupon.status == CouponStatus::Pending {
            let left = whole - (transport::now_ms() - began);
            if left <= f64::from(pause) || transport::pause(pause, options.signal.as_ref()).await.is_err() {
                break;
            }
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and 10,000"
            )]
            let timeout_ms = Some((left - f64::from(pause)).max(1.0) as u32);
            let reading = self.0.with(CallOptions { timeout_ms, idempotency_key: None, ..options.clone() });
            let Ok(mine) = reading.coupons().current_member().await else { break };
            coupon = mine.into_iter().find(|one| one.id == coupon.id).unwrap_or(coupon);
            pause = pause.saturating_mul(2);
        }
        Ok(coupon)
    }
}
