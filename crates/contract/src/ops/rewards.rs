//! The 3 methods of rewards.

use super::endpoint;
use crate::Guid;
use crate::fields::REWARDS_QUERY;
use crate::record::record;
use crate::types::{CursorPaging, CursorPagingMetadata, CursorQuery, PagingMetadataV2, Reward};
use alloc::vec::Vec;

record! {
    /// How many rewards, from where.
    pub struct ListRewardsRequest {
        /// How many, from where.
        cursor_paging as "cursorPaging": Option<CursorPaging>,
    }
}
record! {
    /// A page of rewards.
    pub struct ListRewardsResponse {
        /// The rewards.
        rewards as "rewards": Vec<Reward>,
        /// Where the page stands.
        paging_metadata as "pagingMetadata": Option<PagingMetadataV2>,
    }
}
endpoint! {
    /// Lists the rewards of the program.
    ListRewards(ListRewardsRequest) -> ListRewardsResponse {
        Get "/loyalty-rewards/v1/rewards", "listRewards" in Rewards,
        args: &[Spread { js: "options", optional: true }],
        unwrap: None,
        identity: App "LOYALTY.READ_REWARDS",
        effect: Read,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/rewards/list-rewards",
    }
}

record! {
    /// Which reward.
    pub struct GetRewardRequest {
        /// Reward ID.
        id as "id": Guid,
    }
}
record! {
    /// One reward.
    pub struct GetRewardResponse {
        /// The reward.
        reward as "reward": Reward,
    }
}
endpoint! {
    /// Reads a reward by its ID.
    GetReward(GetRewardRequest) -> GetRewardResponse {
        Get "/loyalty-rewards/v1/rewards/{id}", "getReward" in Rewards,
        args: &[Field { js: "_id", wire: "id", optional: false }],
        unwrap: Some("reward"),
        identity: App "LOYALTY.READ_REWARDS",
        effect: Read,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/rewards/get-reward",
    }
}

record! {
    /// A query over rewards.
    pub struct QueryRewardsRequest {
        /// Filter, order and page.
        query as "query": CursorQuery,
    }
}
record! {
    /// A page of rewards.
    pub struct QueryRewardsResponse {
        /// The rewards.
        rewards as "rewards": Vec<Reward>,
        /// Where the page stands.
        paging_metadata as "pagingMetadata": Option<CursorPagingMetadata>,
    }
}
endpoint! {
    /// Finds rewards.
    QueryRewards(QueryRewardsRequest) -> QueryRewardsResponse {
        Post "/loyalty-rewards/v1/rewards/query", "queryRewards" in Rewards,
        args: &[Field { js: "query", wire: "query", optional: false }],
        unwrap: None,
        identity: App "LOYALTY.READ_REWARDS",
        effect: Read,
        fields: REWARDS_QUERY,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/rewards/query-rewards",
    }
}
