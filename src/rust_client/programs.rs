//! `client.programs()`

use loyalty_contract::programs::{GetLoyaltyProgram, GetLoyaltyProgramResponse};
use loyalty_contract::types::LoyaltyProgram;

use super::{Client, call::call};
use crate::Error;

/// The functions of programs.
#[derive(Debug, Clone, Copy)]
pub struct Programs<'a>(pub(super) &'a Client);

impl Programs<'_> {
    /// Reads the site's loyalty program.
    ///
    /// `GET /loyalty-programs/v1/program`
    ///
    /// # Errors
    /// `PERMISSION_DENIED` where the policy doesn't grant it.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/program/get-loyalty-program>
    pub async fn get(&self) -> Result<LoyaltyProgram, Error> {
        let answer: GetLoyaltyProgramResponse =
            call::<GetLoyaltyProgram, _>(self.0, &Default::default()).await?;
        Ok(answer.loyalty_program)
    }
}
