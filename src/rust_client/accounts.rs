//! `client.accounts()`

use loyalty_contract::Guid;
use loyalty_contract::accounts::{
    AccountResponse, EarnPoints, EarnPointsRequest, GetAccount, GetAccountRequest, GetCurrentMemberAccount,
    PointsResponse,
};
use loyalty_contract::types::LoyaltyAccount;

use super::{Client, call::call};
use crate::Error;

/// The functions of accounts.
#[derive(Debug, Clone, Copy)]
pub struct Accounts<'a>(pub(super) &'a Client);

impl Accounts<'_> {
    /// Reads an account by its ID.
    ///
    /// `GET /loyalty-accounts/v1/accounts/{id}`
    ///
    /// # Errors
    /// `PERMISSION_DENIED` where the policy doesn't grant it, `NOT_FOUND` where there is no such account or it is
    /// somebody else's.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/get-account>
    pub async fn get(&self, id: &Guid) -> Result<LoyaltyAccount, Error> {
        call::<GetAccount, _>(self.0, &GetAccountRequest { id: id.clone() }).await
    }

    /// Reads the signed-in member's account.
    ///
    /// `GET /loyalty-accounts/v1/accounts/my-account`
    ///
    /// # Errors
    /// `UNAUTHENTICATED` without a valid token, `ACCOUNT_NOT_FOUND` where the member has no account yet.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/get-current-member-account>
    pub async fn get_current_member(&self) -> Result<LoyaltyAccount, Error> {
        let answer: AccountResponse = call::<GetCurrentMemberAccount, _>(self.0, &Default::default()).await?;
        Ok(answer.account)
    }

    /// Adds 1 to 9,999,999 points to an account. For staff and admins: a member earns by
    /// [`Points::earn`](super::Points::earn). An empty `idempotency_key` is filled.
    ///
    /// `POST /loyalty-accounts/v1/accounts/{accountId}/earn-points`
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` before anything is sent, `TRANSACTION_ALREADY_EXISTS` where the key was used before,
    /// `PROGRAM_NOT_ACTIVE` where the program is a draft or paused.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/earn-points>
    pub async fn earn_points(&self, request: &EarnPointsRequest) -> Result<PointsResponse, Error> {
        call::<EarnPoints, _>(self.0, request).await
    }
}
