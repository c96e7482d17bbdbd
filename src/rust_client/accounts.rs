//! `client.accounts()`

use loyalty_contract::Guid;
use loyalty_contract::accounts::{
    AccountResponse, AdjustPoints, AdjustPointsRequest, BulkAdjustPoints, BulkAdjustPointsRequest,
    BulkAdjustPointsResponse, CountAccounts, CountAccountsRequest, CountAccountsResponse, CreateAccount,
    CreateAccountRequest, EarnPoints, EarnPointsRequest, GetAccount, GetAccountBySecondaryId,
    GetAccountBySecondaryIdRequest, GetAccountRequest, GetCurrentMemberAccount, GetProgramTotals,
    GetProgramTotalsResponse, ListAccounts, ListAccountsRequest, ListAccountsResponse, PointsResponse,
    QueryLoyaltyAccounts, QueryLoyaltyAccountsRequest, QueryLoyaltyAccountsResponse, SearchAccounts,
    SearchAccountsRequest, SearchAccountsResponse,
};
use loyalty_contract::types::{CursorQuery, CursorSearch, LoyaltyAccount};

use super::{Client, QueryBuilder, call::call};
use crate::Error;

/// The functions of accounts.
#[derive(Debug, Clone, Copy)]
pub struct Accounts<'a>(pub(super) &'a Client);

impl<'a> Accounts<'a> {
    /// Puts a query together step by step: `find().descending("createdDate").limit(10).find()`.
    #[must_use]
    pub const fn find(&self) -> QueryBuilder<'a, QueryLoyaltyAccounts> {
        QueryBuilder::new(self.0)
    }

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

    /// Creates a loyalty account for a contact of the site.
    ///
    /// `POST /loyalty-accounts/v1/accounts`
    ///
    /// # Errors
    /// `NOT_FOUND` where there is no such contact, `ALREADY_EXISTS` where it has an account, `PROGRAM_NOT_ACTIVE`.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/create-account>
    pub async fn create(&self, contact_id: &Guid) -> Result<LoyaltyAccount, Error> {
        let request = CreateAccountRequest { contact_id: contact_id.clone() };
        let answer: AccountResponse = call::<CreateAccount, _>(self.0, &request).await?;
        Ok(answer.account)
    }

    /// Sets or changes an account's balance. For staff and admins.
    ///
    /// `POST /loyalty-accounts/v1/accounts/{accountId}/adjust-points`
    ///
    /// # Errors
    /// `REVISION_CONFLICT` where the revision is stale, `INSUFFICIENT_POINTS` where the balance would fall below 0.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/adjust-points>
    pub async fn adjust_points(&self, request: &AdjustPointsRequest) -> Result<PointsResponse, Error> {
        call::<AdjustPoints, _>(self.0, request).await
    }

    /// Reads the sums over all accounts of the program.
    ///
    /// `GET /loyalty-accounts/v1/accounts/program-totals`
    ///
    /// # Errors
    /// `PERMISSION_DENIED` where the policy doesn't grant it.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/get-program-totals>
    pub async fn program_totals(&self) -> Result<GetProgramTotalsResponse, Error> {
        call::<GetProgramTotals, _>(self.0, &Default::default()).await
    }

    /// Reads the account of a contact.
    ///
    /// `GET /loyalty-accounts/v1/accounts/fetch-by?contactId=`
    ///
    /// # Errors
    /// `NOT_FOUND` where it has none or it is somebody else's.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/get-account-by-secondary-id>
    pub async fn get_by_contact(&self, contact_id: &str) -> Result<LoyaltyAccount, Error> {
        let contact_id = Some(contact_id.to_owned());
        self.get_by(&GetAccountBySecondaryIdRequest { contact_id, member_id: None }).await
    }

    /// Reads the account of a member.
    ///
    /// `GET /loyalty-accounts/v1/accounts/fetch-by?memberId=`
    ///
    /// # Errors
    /// `NOT_FOUND` where it has none or it is somebody else's.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/get-account-by-secondary-id>
    pub async fn get_by_member(&self, member_id: &str) -> Result<LoyaltyAccount, Error> {
        let member_id = Some(member_id.to_owned());
        self.get_by(&GetAccountBySecondaryIdRequest { contact_id: None, member_id }).await
    }

    async fn get_by(&self, request: &GetAccountBySecondaryIdRequest) -> Result<LoyaltyAccount, Error> {
        let answer: AccountResponse = call::<GetAccountBySecondaryId, _>(self.0, request).await?;
        Ok(answer.account)
    }

    /// Lists accounts. Deprecated upstream: [`Accounts::query`] and [`Accounts::search`] do more.
    ///
    /// `GET /loyalty-accounts/v1/accounts`
    ///
    /// # Errors
    /// `PERMISSION_DENIED` where the policy doesn't grant it.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/list-accounts>
    pub async fn list(&self, request: &ListAccountsRequest) -> Result<ListAccountsResponse, Error> {
        call::<ListAccounts, _>(self.0, request).await
    }

    /// Finds accounts by their ids, points and dates, 50 a page unless told otherwise, 100 at most.
    ///
    /// `POST /loyalty-accounts/v1/accounts/query`
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a field or operator that the method doesn't have.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/query-loyalty-accounts>
    pub async fn query(&self, query: CursorQuery) -> Result<QueryLoyaltyAccountsResponse, Error> {
        call::<QueryLoyaltyAccounts, _>(self.0, &QueryLoyaltyAccountsRequest { query }).await
    }

    /// Finds accounts by words of the contact's name and e-mail address, and computes over them.
    ///
    /// `POST /loyalty-accounts/v1/accounts/search`
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a field or operator that the method doesn't have.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/search-accounts>
    pub async fn search(&self, search: CursorSearch) -> Result<SearchAccountsResponse, Error> {
        call::<SearchAccounts, _>(self.0, &SearchAccountsRequest { search }).await
    }

    /// Counts the accounts that a filter and words match.
    ///
    /// `POST /loyalty-accounts/v1/accounts/count`
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a field or operator that the method doesn't have.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/count-accounts>
    pub async fn count(&self, request: &CountAccountsRequest) -> Result<i64, Error> {
        let answer: CountAccountsResponse = call::<CountAccounts, _>(self.0, request).await?;
        Ok(answer.count)
    }

    /// Adjusts many accounts in a job of the service and gives the job's ID. Never sent again by itself.
    ///
    /// `POST /loyalty-accounts/v1/accounts/bulk-adjust`
    ///
    /// # Errors
    /// `LIMIT_REACHED` where more accounts match than the policy allows, `OUTCOME_UNKNOWN`.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/accounts/bulk-adjust-points>
    pub async fn bulk_adjust_points(&self, request: &BulkAdjustPointsRequest) -> Result<String, Error> {
        let answer: BulkAdjustPointsResponse = call::<BulkAdjustPoints, _>(self.0, request).await?;
        Ok(answer.async_job_id)
    }
}
