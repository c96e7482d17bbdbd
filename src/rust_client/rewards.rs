//! `client.rewards()`

use loyalty_contract::Guid;
use loyalty_contract::rewards::{
    GetReward, GetRewardRequest, ListRewards, ListRewardsRequest, ListRewardsResponse, QueryRewards,
    QueryRewardsRequest, QueryRewardsResponse,
};
use loyalty_contract::types::{CursorPaging, CursorQuery, Reward};

use super::{Client, QueryBuilder, call::call};
use crate::Error;

/// The functions of rewards.
#[derive(Debug, Clone, Copy)]
pub struct Rewards<'a>(pub(super) &'a Client);

impl<'a> Rewards<'a> {
    /// Puts a query together step by step: `find().descending("createdDate").limit(10).find()`.
    #[must_use]
    pub const fn find(&self) -> QueryBuilder<'a, QueryRewards> {
        QueryBuilder::new(self.0)
    }

    /// Lists the rewards of the program, 50 a page unless told otherwise, 100 at most.
    ///
    /// `GET /loyalty-rewards/v1/rewards`
    ///
    /// # Errors
    /// `PERMISSION_DENIED` where the policy doesn't grant it.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/rewards/list-rewards>
    pub async fn list(&self, cursor_paging: Option<CursorPaging>) -> Result<ListRewardsResponse, Error> {
        call::<ListRewards, _>(self.0, &ListRewardsRequest { cursor_paging }).await
    }

    /// Reads a reward by its ID.
    ///
    /// `GET /loyalty-rewards/v1/rewards/{id}`
    ///
    /// # Errors
    /// `NOT_FOUND` where there is no such reward, `PERMISSION_DENIED` where the policy doesn't grant it.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/rewards/get-reward>
    pub async fn get(&self, id: &Guid) -> Result<Reward, Error> {
        call::<GetReward, _>(self.0, &GetRewardRequest { id: id.clone() }).await
    }

    /// Finds rewards, 50 a page unless told otherwise, 100 at most.
    ///
    /// `POST /loyalty-rewards/v1/rewards/query`
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a field or operator that the method doesn't have.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/rewards/query-rewards>
    pub async fn query(&self, query: CursorQuery) -> Result<QueryRewardsResponse, Error> {
        call::<QueryRewards, _>(self.0, &QueryRewardsRequest { query }).await
    }
}
