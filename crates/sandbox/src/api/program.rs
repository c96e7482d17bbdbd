//! The method of programs.

use loyalty_contract::programs::{GetLoyaltyProgram, GetLoyaltyProgramResponse};

use super::{Context, Serve, render};
use crate::error::Failure;

impl Serve for GetLoyaltyProgram {
    fn serve(_: Self::Request, context: &mut Context<'_>) -> Result<GetLoyaltyProgramResponse, Failure> {
        Ok(GetLoyaltyProgramResponse { loyalty_program: render::program(context.ledger) })
    }
}
