//! The methods of coupons, and their neighbours.

use loyalty_contract::coupons::{
    CouponResponse, GetCurrentMemberCoupons, GetCurrentMemberCouponsResponse, QueryLoyaltyCoupons,
    QueryLoyaltyCouponsRequest, QueryLoyaltyCouponsResponse, RedeemCurrentMemberPointsForCoupon,
    RedeemCurrentMemberPointsForCouponRequest, RedeemPointsForCoupon, RedeemPointsForCouponRequest,
};
use loyalty_contract::endpoint::EndpointType;
use loyalty_contract::neighbours::coupons::{
    DeleteLoyaltyCouponRequest, GetLoyaltyCouponRequest, GetLoyaltyCouponResponse,
};
use loyalty_contract::types::LoyaltyCoupon;

use super::accounts::paging_v2;
use super::neighbours::Nothing;
use super::{Context, Serve, show};
use crate::auth::Caller;
use crate::error::Failure;
use crate::ids::Id;
use crate::ledger::coupons::MAKING_MS;
use crate::ledger::{Ledger, Slot};
use crate::query::Asked;
use crate::query::cell::Collection;
use crate::query::cursor::Question;

fn no_coupon() -> Failure {
    Failure::not_found("There is no such loyalty coupon.")
}

pub(crate) fn find(ledger: &Ledger, id: &str) -> Result<Slot, Failure> {
    Id::parse(id).and_then(|id| ledger.coupon_by_id(id)).ok_or_else(no_coupon)
}

fn coupons(ledger: &Ledger, slots: impl Iterator<Item = Slot>) -> Vec<LoyaltyCoupon> {
    slots.filter_map(|slot| show::coupon(ledger, slot)).collect()
}

fn redeem(context: &mut Context<'_>, account: Slot, reward: &str) -> Result<CouponResponse, Failure> {
    let reward = Id::parse(reward).and_then(|id| context.ledger.reward_by_id(id));
    let due_ms = context.real_ms.saturating_add(MAKING_MS);
    let slot = context.ledger.begin_redemption(account, reward, context.now, due_ms)?;
    let coupon = show::coupon(context.ledger, slot).ok_or_else(no_coupon)?;
    Ok(CouponResponse { coupon })
}

/// The account of the member who calls.
fn own_account(context: &Context<'_>) -> Result<Slot, Failure> {
    let Caller::Member(member) = context.caller else {
        return Err(Failure::not_found("An API key is no member: there is no current member."));
    };
    let account = context.ledger.account_of_member(member);
    account.ok_or_else(|| Failure::not_found("The member has no loyalty account."))
}

impl Serve for RedeemPointsForCoupon {
    fn serve(
        request: RedeemPointsForCouponRequest,
        context: &mut Context<'_>,
    ) -> Result<CouponResponse, Failure> {
        let account =
            Id::parse(request.loyalty_account_id.as_str()).and_then(|id| context.ledger.account_by_id(id));
        let account = account.ok_or_else(|| Failure::not_found("There is no such loyalty account."))?;
        redeem(context, account, request.reward_id.as_str())
    }
}

impl Serve for RedeemCurrentMemberPointsForCoupon {
    fn serve(
        request: RedeemCurrentMemberPointsForCouponRequest,
        context: &mut Context<'_>,
    ) -> Result<CouponResponse, Failure> {
        let account = own_account(context)?;
        redeem(context, account, request.reward_id.as_str())
    }
}

impl Serve for GetCurrentMemberCoupons {
    fn serve(
        _: Self::Request,
        context: &mut Context<'_>,
    ) -> Result<GetCurrentMemberCouponsResponse, Failure> {
        let account = own_account(context)?;
        // The newest first, as everywhere.
        let slots = context.ledger.coupons_of(account).iter().rev().copied();
        Ok(GetCurrentMemberCouponsResponse { loyalty_coupons: coupons(context.ledger, slots) })
    }
}

impl Serve for QueryLoyaltyCoupons {
    fn serve(
        request: QueryLoyaltyCouponsRequest,
        context: &mut Context<'_>,
    ) -> Result<QueryLoyaltyCouponsResponse, Failure> {
        let query = request.query;
        let asked = Asked {
            endpoint: Self::ENDPOINT,
            collection: Collection::Coupons,
            fields: Self::ENDPOINT.fields,
            at: "query",
            question: Question { filter: query.filter.map(|raw| raw.0), sort: query.sort, words: None },
            paging: query.cursor_paging.as_ref(),
        };
        let found = asked.find(context.ledger, context.cursors)?;
        Ok(QueryLoyaltyCouponsResponse {
            loyalty_coupons: coupons(context.ledger, found.slots.iter().copied()),
            metadata: Some(paging_v2(found)),
        })
    }
}

pub(super) fn get(
    request: GetLoyaltyCouponRequest,
    context: &mut Context<'_>,
) -> Result<GetLoyaltyCouponResponse, Failure> {
    let slot = find(context.ledger, request.loyalty_coupon_id.as_str())?;
    let loyalty_coupon = show::coupon(context.ledger, slot).ok_or_else(no_coupon)?;
    Ok(GetLoyaltyCouponResponse { loyalty_coupon })
}

pub(super) fn delete(
    request: DeleteLoyaltyCouponRequest,
    context: &mut Context<'_>,
) -> Result<Nothing, Failure> {
    let slot = find(context.ledger, request.id.as_str())?;
    context.ledger.delete_coupon(slot, &request.revision.0, context.now)?;
    Ok(Nothing {})
}
