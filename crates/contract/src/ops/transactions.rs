//! The 2 methods of transactions.

use super::endpoint;
use crate::Guid;
use crate::fields::TRANSACTIONS_QUERY;
use crate::record::record;
use crate::types::{CursorPagingMetadata, CursorQuery, LoyaltyTransaction};
use alloc::vec::Vec;

record! {
    /// Which transaction.
    pub struct GetLoyaltyTransactionRequest {
        /// Transaction ID.
        loyalty_transaction_id as "loyaltyTransactionId": Guid,
    }
}
record! {
    /// One transaction.
    pub struct GetLoyaltyTransactionResponse {
        /// The transaction.
        loyalty_transaction as "loyaltyTransaction": LoyaltyTransaction,
    }
}
endpoint! {
    /// Reads a transaction by its ID.
    GetLoyaltyTransaction(GetLoyaltyTransactionRequest) -> GetLoyaltyTransactionResponse {
        Get "/loyalty-transactions/v1/loyalty-transactions/{loyaltyTransactionId}",
        "getLoyaltyTransaction" in Transactions,
        args: &[Field { js: "loyaltyTransactionId", wire: "loyaltyTransactionId", optional: false }],
        unwrap: Some("loyaltyTransaction"),
        identity: App "LOYALTY.READ_TRANSACTIONS",
        effect: Read,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/transactions/get-loyalty-transaction",
    }
}

record! {
    /// A query over transactions.
    pub struct QueryLoyaltyTransactionsRequest {
        /// Filter, order and page.
        query as "query": CursorQuery,
    }
}
record! {
    /// A page of transactions.
    pub struct QueryLoyaltyTransactionsResponse {
        /// The transactions.
        loyalty_transactions as "loyaltyTransactions": Vec<LoyaltyTransaction>,
        /// Where the page stands.
        paging_metadata as "pagingMetadata": Option<CursorPagingMetadata>,
    }
}
endpoint! {
    /// Finds transactions by account, type, amount, date and key.
    /// A member's call is answered with the member's own transactions.
    QueryLoyaltyTransactions(QueryLoyaltyTransactionsRequest) -> QueryLoyaltyTransactionsResponse {
        Post "/loyalty-transactions/v1/loyalty-transactions/query", "queryLoyaltyTransactions" in Transactions,
        args: &[Field { js: "query", wire: "query", optional: false }],
        unwrap: None,
        identity: App "LOYALTY.READ_TRANSACTIONS",
        effect: Read,
        fields: TRANSACTIONS_QUERY,
        link: "https://dev.wix.com/docs/rest/crm/loyalty-program/transactions/query-loyalty-transactions",
    }
}
