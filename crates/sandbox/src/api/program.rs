//! The method of programs, and its neighbours.

use loyalty_contract::neighbours::programs::{ExpirationInput, ProgramResponse, UpdateLoyaltyProgramRequest};
use loyalty_contract::programs::{GetLoyaltyProgram, GetLoyaltyProgramResponse};
use loyalty_contract::types::{PointDefinition, PremiumFeatures};

use super::neighbours::Nothing;
use super::{Context, Serve, render};
use crate::error::Failure;
use crate::ledger::ProgramStatus;
use crate::ledger::expiry::Expiration;

impl Serve for GetLoyaltyProgram {
    fn serve(_: Self::Request, context: &mut Context<'_>) -> Result<GetLoyaltyProgramResponse, Failure> {
        Ok(GetLoyaltyProgramResponse { loyalty_program: render::program(context.ledger) })
    }
}

fn shown(context: &Context<'_>) -> ProgramResponse {
    ProgramResponse { loyalty_program: render::program(context.ledger) }
}

pub(super) fn update(
    request: UpdateLoyaltyProgramRequest,
    context: &mut Context<'_>,
) -> Result<ProgramResponse, Failure> {
    let change = request.loyalty_program;
    let program = &mut context.ledger.program;
    if let Some(name) = change.name {
        program.name = name.into();
    }
    if let Some(PointDefinition { custom_name, icon }) = change.point_definition {
        if let Some(name) = custom_name {
            program.points_name = name.into();
        }
        program.icon = icon.or(program.icon.take());
    }
    program.updated = context.now;
    if let Some(ExpirationInput { months_of_inactivity, expiring_points_percentage, .. }) =
        change.points_expiration
    {
        let Expiration { enabled, months, percent, .. } = program.expiration;
        let new = (months_of_inactivity.unwrap_or(months), expiring_points_percentage.unwrap_or(percent));
        // Terms that were sent back as they were read begin no new period.
        if new != (months, percent) {
            context.ledger.set_expiration(enabled, new.0, new.1, context.now);
        }
    }
    context.ledger.announce_program(context.now);
    Ok(shown(context))
}

pub(super) fn activate(_: Nothing, context: &mut Context<'_>) -> Result<ProgramResponse, Failure> {
    context.ledger.set_status(ProgramStatus::Active, context.now);
    Ok(shown(context))
}

pub(super) fn pause(_: Nothing, context: &mut Context<'_>) -> Result<ProgramResponse, Failure> {
    if context.ledger.program.status == ProgramStatus::Draft {
        return Err(Failure::program_not_active(ProgramStatus::Draft.as_str()));
    }
    context.ledger.set_status(ProgramStatus::Paused, context.now);
    Ok(shown(context))
}

fn expire(context: &mut Context<'_>, on: bool) -> ProgramResponse {
    let Expiration { enabled, months, percent, .. } = context.ledger.program.expiration;
    if enabled != on {
        context.ledger.program.updated = context.now;
        context.ledger.set_expiration(on, months, percent, context.now);
        context.ledger.announce_program(context.now);
    }
    shown(context)
}

pub(super) fn enable_expiration(_: Nothing, context: &mut Context<'_>) -> Result<ProgramResponse, Failure> {
    Ok(expire(context, true))
}

pub(super) fn disable_expiration(_: Nothing, context: &mut Context<'_>) -> Result<ProgramResponse, Failure> {
    Ok(expire(context, false))
}

pub(super) fn premium_features(_: Nothing, _: &mut Context<'_>) -> Result<PremiumFeatures, Failure> {
    Ok(render::premium_features())
}
