//! `client.transactions()`

use loyalty_contract::Guid;
use loyalty_contract::transactions::{
    GetLoyaltyTransaction, GetLoyaltyTransactionRequest, QueryLoyaltyTransactions,
    QueryLoyaltyTransactionsRequest, QueryLoyaltyTransactionsResponse,
};
use loyalty_contract::types::{CursorQuery, LoyaltyTransaction};

use super::{Client, QueryBuilder, call::call};
use crate::Error;

/// The functions of transactions.
#[derive(Debug, Clone, Copy)]
pub struct Transactions<'a>(pub(super) &'a Client);

impl<'a> Transactions<'a> {
    /// Puts a query together step by step: `find().descending("createdDate").limit(10).find()`.
    #[must_use]
    pub const fn find(&self) -> QueryBuilder<'a, QueryLoyaltyTransactions> {
        QueryBuilder::new(self.0)
    }

    /// Reads a transaction by its ID. A member reads the member's own.
    ///
    /// `GET /loyalty-transactions/v1/loyalty-transactions/{loyaltyTransactionId}`
    ///
    /// # Errors
    /// `NOT_FOUND` where there is no such transaction or it is somebody else's.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/transactions/get-loyalty-transaction>
    pub async fn get(&self, id: &Guid) -> Result<LoyaltyTransaction, Error> {
        let request = GetLoyaltyTransactionRequest { loyalty_transaction_id: id.clone() };
        call::<GetLoyaltyTransaction, _>(self.0, &request).await
    }

    /// Finds transactions, 50 a page unless told otherwise, 100 at most. A member gets the member's own.
    ///
    /// `POST /loyalty-transactions/v1/loyalty-transactions/query`
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a field or operator that the method doesn't have, `PERMISSION_DENIED` for another
    /// member's account.
    /// <https://dev.wix.com/docs/rest/crm/loyalty-program/transactions/query-loyalty-transactions>
    pub async fn query(&self, query: CursorQuery) -> Result<QueryLoyaltyTransactionsResponse, Error> {
        call::<QueryLoyaltyTransactions, _>(self.0, &QueryLoyaltyTransactionsRequest { query }).await
    }
}
