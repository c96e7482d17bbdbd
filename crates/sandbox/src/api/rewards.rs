//! The methods of rewards, and their neighbours.

use loyalty_contract::endpoint::EndpointType;
use loyalty_contract::fields::REWARDS_QUERY;
use loyalty_contract::neighbours::rewards::{
    BulkCreateRewardsRequest, BulkCreateRewardsResponse, BulkRewardResult, CreateRewardRequest,
    DeleteRewardRequest, RewardInput, RewardResponse, UpdateRewardRequest,
};
use loyalty_contract::rewards::{
    GetReward, GetRewardRequest, GetRewardResponse, ListRewards, ListRewardsRequest, ListRewardsResponse,
    QueryRewards, QueryRewardsRequest, QueryRewardsResponse,
};
use loyalty_contract::types::Reward;
use loyalty_contract::validate::{ViolatedRule, Violation};

use super::accounts::{paging, paging_v2};
use super::neighbours::Nothing;
use super::tiers::{bulk_metadata, item_metadata, required, revision};
use super::{Context, Serve, show};
use crate::error::Failure;
use crate::ids::Id;
use crate::ledger::catalog::{Offer, RewardChange};
use crate::ledger::change::Refusal;
use crate::ledger::{Ledger, Slot};
use crate::query::Asked;
use crate::query::cell::Collection;
use crate::query::cursor::Question;

fn no_reward() -> Failure {
    Failure::not_found("There is no such reward.")
}

fn find(ledger: &Ledger, id: &str) -> Result<Slot, Failure> {
    Id::parse(id).and_then(|id| ledger.reward_by_id(id)).ok_or_else(no_reward)
}

fn reward(ledger: &Ledger, slot: Slot) -> Result<Reward, Failure> {
    ledger.reward(slot).map(show::reward).ok_or_else(no_reward)
}

fn rewards(ledger: &Ledger, slots: &[Slot]) -> Vec<Reward> {
    slots.iter().filter_map(|slot| ledger.reward(*slot)).map(show::reward).collect()
}

impl Serve for ListRewards {
    fn serve(request: ListRewardsRequest, context: &mut Context<'_>) -> Result<ListRewardsResponse, Failure> {
        let asked = Asked {
            endpoint: Self::ENDPOINT,
            collection: Collection::Rewards,
            fields: REWARDS_QUERY,
            at: "",
            question: Question::default(),
            paging: request.cursor_paging.as_ref(),
        };
        let found = asked.find(context.ledger, context.cursors)?;
        Ok(ListRewardsResponse {
            rewards: rewards(context.ledger, &found.slots),
            paging_metadata: Some(paging_v2(found)),
        })
    }
}

impl Serve for GetReward {
    fn serve(request: GetRewardRequest, context: &mut Context<'_>) -> Result<GetRewardResponse, Failure> {
        let slot = find(context.ledger, request.id.as_str())?;
        Ok(GetRewardResponse { reward: reward(context.ledger, slot)? })
    }
}

impl Serve for QueryRewards {
    fn serve(
        request: QueryRewardsRequest,
        context: &mut Context<'_>,
    ) -> Result<QueryRewardsResponse, Failure> {
        let query = request.query;
        let asked = Asked {
            endpoint: Self::ENDPOINT,
            collection: Collection::Rewards,
            fields: Self::ENDPOINT.fields,
            at: "query",
            question: Question { filter: query.filter.map(|raw| raw.0), sort: query.sort, words: None },
            paging: query.cursor_paging.as_ref(),
        };
        let found = asked.find(context.ledger, context.cursors)?;
        Ok(QueryRewardsResponse {
            rewards: rewards(context.ledger, &found.slots),
            paging_metadata: Some(paging(&found)),
        })
    }
}

/// What a reward is to be, and the path of its prices for whoever has to put them right.
fn change(input: RewardInput, at: &str) -> Result<(RewardChange, String), Failure> {
    let (offer, prices) = match (input.discount_amount, input.coupon_reward) {
        (Some(discount), _) => (Offer::Discount(discount), format!("{at}.discountAmount")),
        (None, Some(coupon)) => {
            let kinds = [
                ("fixedAmount", coupon.fixed_amount.is_some()),
                ("percentage", coupon.percentage.is_some()),
                ("freeShipping", coupon.free_shipping.is_some()),
            ];
            let path = format!("{at}.couponReward");
            let (kind, _) = kinds.into_iter().find(|(_, given)| *given).ok_or_else(|| {
                let text = "or another of `fixedAmount`, `percentage`, `freeShipping` is required";
                Failure::from(Violation::new(&format!("{path}.fixedAmount"), ViolatedRule::OneOf, text))
            })?;
            (Offer::Coupon(coupon), format!("{path}.{kind}"))
        }
        (None, None) => return Err(required(&format!("{at}.discountAmount"))),
    };
    let active = input.active.unwrap_or(false);
    Ok((RewardChange { name: input.name.into(), active, offer }, prices))
}

fn placed(refusal: Refusal, prices: &str) -> Failure {
    match refusal {
        Refusal::WrongPrice { at, what } => {
            let field = format!("{prices}.configsByTier[{at}].tierId");
            Violation::new(&field, ViolatedRule::Unsupported, what).into()
        }
        other => other.into(),
    }
}

fn add(context: &mut Context<'_>, input: RewardInput, at: &str) -> Result<Reward, Failure> {
    let (new, prices) = change(input, at)?;
    let made = context.ledger.create_reward(new, context.now);
    let slot = made.map_err(|refusal| placed(refusal, &prices))?;
    reward(context.ledger, slot)
}

pub(super) fn create(
    request: CreateRewardRequest,
    context: &mut Context<'_>,
) -> Result<RewardResponse, Failure> {
    Ok(RewardResponse { reward: add(context, request.reward, "reward")? })
}

pub(super) fn bulk_create(
    request: BulkCreateRewardsRequest,
    context: &mut Context<'_>,
) -> Result<BulkCreateRewardsResponse, Failure> {
    let mut results = Vec::with_capacity(request.rewards.len());
    for (at, input) in request.rewards.into_iter().enumerate() {
        let made = add(context, input, &format!("rewards[{at}]"));
        let item_metadata = item_metadata(at, &made, |reward| reward.id.clone());
        results.push(BulkRewardResult { item_metadata, item: made.ok() });
    }
    let bulk_action_metadata = bulk_metadata(results.iter().map(|result| &result.item_metadata));
    Ok(BulkCreateRewardsResponse { results, bulk_action_metadata })
}

pub(super) fn update(
    request: UpdateRewardRequest,
    context: &mut Context<'_>,
) -> Result<RewardResponse, Failure> {
    let mut input = request.reward;
    let id = input.id.take().ok_or_else(|| required("reward.id"))?;
    let slot = find(context.ledger, id.as_str())?;
    let revision = revision(input.revision.take(), "reward.revision")?;
    let (change, prices) = change(input, "reward")?;
    let changed = context.ledger.update_reward(slot, &revision, change, context.now);
    changed.map_err(|refusal| placed(refusal, &prices))?;
    Ok(RewardResponse { reward: reward(context.ledger, slot)? })
}

pub(super) fn delete(request: DeleteRewardRequest, context: &mut Context<'_>) -> Result<Nothing, Failure> {
    let slot = find(context.ledger, request.id.as_str())?;
    context.ledger.delete_reward(slot, &request.revision.0, context.now)?;
    Ok(Nothing {})
}
