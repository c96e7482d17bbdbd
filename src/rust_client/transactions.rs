//! `client.transactions()`

use loyalty_contract::transactions::{
    QueryLoyaltyTransactions, QueryLoyaltyTransactionsRequest, QueryLoyaltyTransactionsResponse,
};
use loyalty_contract::types::CursorQuery;

use super::{Client, call::call};
use crate::Error;

/// The functions of transactions.
#[derive(Debug, Clone, Copy)]
pub struct Transactions<'a>(pub(super) &'a Client);

impl Transactions<'_> {
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
