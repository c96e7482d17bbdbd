//! The methods of transactions.

use loyalty_contract::endpoint::EndpointType;
use loyalty_contract::transactions::{
    GetLoyaltyTransaction, GetLoyaltyTransactionRequest, GetLoyaltyTransactionResponse,
    QueryLoyaltyTransactions, QueryLoyaltyTransactionsRequest, QueryLoyaltyTransactionsResponse,
};

use super::accounts::paging;
use super::{Context, Serve, render};
use crate::error::Failure;
use crate::ids::Id;
use crate::query::Asked;
use crate::query::cell::Collection;
use crate::query::cursor::Question;

impl Serve for GetLoyaltyTransaction {
    fn serve(
        request: GetLoyaltyTransactionRequest,
        context: &mut Context<'_>,
    ) -> Result<GetLoyaltyTransactionResponse, Failure> {
        let loyalty_transaction = Id::parse(request.loyalty_transaction_id.as_str())
            .and_then(|id| context.ledger.transaction_by_id(id))
            .and_then(|slot| render::transaction(context.ledger, slot))
            .ok_or_else(|| Failure::not_found("There is no such loyalty transaction."))?;
        Ok(GetLoyaltyTransactionResponse { loyalty_transaction })
    }
}

impl Serve for QueryLoyaltyTransactions {
    fn serve(
        request: QueryLoyaltyTransactionsRequest,
        context: &mut Context<'_>,
    ) -> Result<QueryLoyaltyTransactionsResponse, Failure> {
        let query = request.query;
        let asked = Asked {
            endpoint: Self::ENDPOINT,
            collection: Collection::Transactions,
            fields: Self::ENDPOINT.fields,
            at: "query",
            question: Question { filter: query.filter.map(|raw| raw.0), sort: query.sort, words: None },
            paging: query.cursor_paging.as_ref(),
        };
        let found = asked.find(context.ledger, context.cursors)?;
        let shown = found.slots.iter().filter_map(|slot| render::transaction(context.ledger, *slot));
        Ok(QueryLoyaltyTransactionsResponse {
            loyalty_transactions: shown.collect(),
            paging_metadata: Some(paging(&found)),
        })
    }
}
