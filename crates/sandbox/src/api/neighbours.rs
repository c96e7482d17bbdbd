//! The neighbours of the 25 methods: they make the data that those read.

use loyalty_contract::neighbours::{Neighbour, NeighbourOperation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Context, coupons, program, rewards, tiers};
use crate::error::Failure;

/// A request or an answer without fields.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Nothing {}

/// Carries a neighbour out.
///
/// # Errors
/// What it refuses.
pub(crate) fn call(
    neighbour: &Neighbour,
    payload: Value,
    context: &mut Context<'_>,
) -> Result<Value, Failure> {
    use NeighbourOperation as Op;
    match neighbour.operation {
        Op::UpdateLoyaltyProgram => run(payload, context, program::update),
        Op::ActivateLoyaltyProgram => run(payload, context, program::activate),
        Op::PauseLoyaltyProgram => run(payload, context, program::pause),
        Op::EnablePointsExpiration => run(payload, context, program::enable_expiration),
        Op::DisablePointsExpiration => run(payload, context, program::disable_expiration),
        Op::GetLoyaltyProgramPremiumFeatures => run(payload, context, program::premium_features),
        Op::CreateTier => run(payload, context, tiers::create),
        Op::BulkCreateTiers => run(payload, context, tiers::bulk_create),
        Op::UpdateTier => run(payload, context, tiers::update),
        Op::DeleteTier => run(payload, context, tiers::delete),
        Op::CreateTiersProgramSettings => run(payload, context, tiers::create_settings),
        Op::GetTiersProgramSettings => run(payload, context, tiers::get_settings),
        Op::UpdateTiersProgramSettings => run(payload, context, tiers::update_settings),
        Op::CreateReward => run(payload, context, rewards::create),
        Op::BulkCreateRewards => run(payload, context, rewards::bulk_create),
        Op::UpdateReward => run(payload, context, rewards::update),
        Op::DeleteReward => run(payload, context, rewards::delete),
        Op::GetLoyaltyCoupon => run(payload, context, coupons::get),
        Op::DeleteLoyaltyCoupon => run(payload, context, coupons::delete),
    }
}

fn run<Q: DeserializeOwned, A: Serialize>(
    payload: Value,
    context: &mut Context<'_>,
    serve: fn(Q, &mut Context<'_>) -> Result<A, Failure>,
) -> Result<Value, Failure> {
    super::carry(payload, |request| serve(request, context))
}
