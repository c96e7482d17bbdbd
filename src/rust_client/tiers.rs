//! `client.tiers()`

use loyalty_contract::Guid;
use loyalty_contract::tiers::{
    GetTier, GetTierRequest, GetTiersProgram, GetTiersProgramResponse, ListTiers, ListTiersResponse,
};
use loyalty_contract::types::Tier;

use super::{Client, call::call};
use crate::Error;

/// The functions of tiers.
#[derive(Debug, Clone, Copy)]
pub struct Tiers<'a>(pub(super) &'a Client);

impl Tiers<'_> {
    /// Lists the tiers of the program.
    ///
    /// `GET /loyalty-tiers/v1/tiers`
    ///
    /// # Errors
    /// `PERMISSION_DENIED` where the policy doesn't grant it.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/tiers/list-tiers>
    pub async fn list(&self) -> Result<Vec<Tier>, Error> {
        let answer: ListTiersResponse = call::<ListTiers, _>(self.0, &Default::default()).await?;
        Ok(answer.tiers)
    }

    /// Reads a tier by its ID.
    ///
    /// `GET /loyalty-tiers/v1/tiers/{tierId}`
    ///
    /// # Errors
    /// `NOT_FOUND` where there is no such tier, `PERMISSION_DENIED` where the policy doesn't grant it.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/tiers/get-tier>
    pub async fn get(&self, id: &Guid) -> Result<Tier, Error> {
        call::<GetTier, _>(self.0, &GetTierRequest { tier_id: id.clone() }).await
    }

    /// Reads the tiers together with their settings.
    ///
    /// `GET /loyalty-tiers/v1/tiers/program`
    ///
    /// # Errors
    /// `PERMISSION_DENIED` where the policy doesn't grant it.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/tiers/get-tiers-program>
    pub async fn program(&self) -> Result<GetTiersProgramResponse, Error> {
        call::<GetTiersProgram, _>(self.0, &Default::default()).await
    }
}
