//! Queries put together step by step: `client.coupons().find()`. The builders of the JavaScript client, in Rust.

use std::marker::PhantomData;

use loyalty_contract::accounts::{
    QueryLoyaltyAccounts, QueryLoyaltyAccountsRequest, QueryLoyaltyAccountsResponse,
};
use loyalty_contract::coupons::{
    QueryLoyaltyCoupons, QueryLoyaltyCouponsRequest, QueryLoyaltyCouponsResponse,
};
use loyalty_contract::endpoint::EndpointType;
use loyalty_contract::rewards::{QueryRewards, QueryRewardsRequest, QueryRewardsResponse};
use loyalty_contract::transactions::{
    QueryLoyaltyTransactions, QueryLoyaltyTransactionsRequest, QueryLoyaltyTransactionsResponse,
};
use loyalty_contract::types::{
    CursorPaging, CursorQuery, Cursors, LoyaltyAccount, LoyaltyCoupon, LoyaltyTransaction, Reward, SortOrder,
    Sorting,
};
use loyalty_contract::values::RawFilter;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Client, call::call};
use crate::Error;

/// How many items a page has unless told otherwise.
const DEFAULT_LIMIT: i64 = 50;

mod sealed {
    pub trait Sealed {}
}

/// A method that a builder asks: what its pages hold, and how it tells where one stands.
pub trait Queried:
    EndpointType<Request: Serialize, Response: DeserializeOwned + 'static> + sealed::Sealed
{
    /// What it finds.
    type Item;
    /// The request that asks this.
    fn asking(query: CursorQuery) -> Self::Request;
    /// The items of an answer, and the cursors around them.
    fn told(answer: Self::Response) -> (Vec<Self::Item>, Option<Cursors>);
}

macro_rules! queried {
    ($method:ident, $request:ident, $answer:ident { $items:ident: $item:ident, $paging:ident }) => {
        impl sealed::Sealed for $method {}
        impl Queried for $method {
            type Item = $item;
            fn asking(query: CursorQuery) -> $request {
                $request { query }
            }
            fn told(answer: $answer) -> (Vec<$item>, Option<Cursors>) {
                (answer.$items, answer.$paging.and_then(|paging| paging.cursors))
            }
        }
    };
}

queried!(
    QueryLoyaltyAccounts,
    QueryLoyaltyAccountsRequest,
    QueryLoyaltyAccountsResponse { loyalty_accounts: LoyaltyAccount, paging_metadata }
);
queried!(
    QueryLoyaltyTransactions,
    QueryLoyaltyTransactionsRequest,
    QueryLoyaltyTransactionsResponse { loyalty_transactions: LoyaltyTransaction, paging_metadata }
);
queried!(QueryRewards, QueryRewardsRequest, QueryRewardsResponse { rewards: Reward, paging_metadata });
queried!(
    QueryLoyaltyCoupons,
    QueryLoyaltyCouponsRequest,
    QueryLoyaltyCouponsResponse { loyalty_coupons: LoyaltyCoupon, metadata }
);

/// A query that is put together step by step. Fields are named as the wire names them (`createdDate`, `id`), values
/// are those of JSON; dates are ISO texts.
pub struct QueryBuilder<'a, Q> {
    client: &'a Client,
    filter: Vec<Value>,
    sort: Vec<Sorting>,
    limit: i64,
    cursor: Option<String>,
    method: PhantomData<Q>,
}

impl<Q> Clone for QueryBuilder<'_, Q> {
    fn clone(&self) -> Self {
        Self {
            client: self.client,
            filter: self.filter.clone(),
            sort: self.sort.clone(),
            limit: self.limit,
            cursor: self.cursor.clone(),
            method: PhantomData,
        }
    }
}

impl<Q> core::fmt::Debug for QueryBuilder<'_, Q> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut shown = formatter.debug_struct("QueryBuilder");
        shown.field("filter", &self.filter).field("sort", &self.sort).finish_non_exhaustive()
    }
}

macro_rules! conditions {
    ($($(#[$doc:meta])* $name:ident $operator:literal)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(self, field: &str, value: impl Into<Value>) -> Self {
                let value: Value = value.into();
                self.filter(json!({ field: { $operator: value } }))
            }
        )*
    };
}

impl<'a, Q: Queried> QueryBuilder<'a, Q> {
    pub(super) const fn new(client: &'a Client) -> Self {
        Self {
            client,
            filter: Vec::new(),
            sort: Vec::new(),
            limit: DEFAULT_LIMIT,
            cursor: None,
            method: PhantomData,
        }
    }

    /// Items for which this filter of the wire holds, too: `{"$or": […]}`, say.
    #[must_use]
    pub fn filter(mut self, filter: Value) -> Self {
        self.filter.push(filter);
        self
    }

    /// Items whose field is this.
    #[must_use]
    pub fn eq(self, field: &str, value: impl Into<Value>) -> Self {
        let value: Value = value.into();
        self.filter(json!({ field: value }))
    }

    conditions! {
        /// Items whose field is not this.
        ne "$ne"
        /// Items whose field is more.
        gt "$gt"
        /// Items whose field is as much or more.
        ge "$gte"
        /// Items whose field is less.
        lt "$lt"
        /// Items whose field is as much or less.
        le "$lte"
        /// Items whose field begins with this text.
        starts_with "$startsWith"
        /// Items that have the field, or have not.
        exists "$exists"
    }

    /// Items whose field is one of these.
    #[must_use]
    pub fn is_in<V: Into<Value>>(self, field: &str, values: impl IntoIterator<Item = V>) -> Self {
        let values: Vec<Value> = values.into_iter().map(Into::into).collect();
        self.filter(json!({ field: { "$in": values } }))
    }

    /// In the order of a field, the least first, where the fields before it are the same.
    #[must_use]
    pub fn ascending(self, field: &str) -> Self {
        self.order(field, SortOrder::Asc)
    }

    /// In the order of a field, the greatest first, where the fields before it are the same.
    #[must_use]
    pub fn descending(self, field: &str) -> Self {
        self.order(field, SortOrder::Desc)
    }

    fn order(mut self, field: &str, order: SortOrder) -> Self {
        self.sort.push(Sorting { field_name: field.to_owned(), order: Some(order) });
        self
    }

    /// How many items a page has: 50 unless told otherwise, 100 at most.
    #[must_use]
    pub const fn limit(mut self, limit: i64) -> Self {
        self.limit = limit;
        self
    }

    /// The page of a cursor, which carries filter and order: those of the builder are not sent with it.
    #[must_use]
    pub fn skip_to(mut self, cursor: &str) -> Self {
        self.cursor = Some(cursor.to_owned());
        self
    }

    fn query(&self) -> CursorQuery {
        let paging = CursorPaging { limit: Some(self.limit), cursor: self.cursor.clone() };
        let fresh = self.cursor.is_none();
        let filter = match self.filter.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            all => Some(json!({ "$and": all })),
        };
        CursorQuery {
            filter: filter.filter(|_| fresh).map(RawFilter),
            sort: Some(self.sort.clone()).filter(|sort| fresh && !sort.is_empty()),
            cursor_paging: Some(paging),
        }
    }

    /// Asks.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a field or operator that the method doesn't have, and those of every call.
    pub async fn find(self) -> Result<Found<'a, Q>, Error> {
        let answer: Q::Response = call::<Q, _>(self.client, &Q::asking(self.query())).await?;
        let (items, cursors) = Q::told(answer);
        Ok(Found { items, cursors: cursors.unwrap_or_default(), builder: self })
    }
}

/// A page of what was found.
pub struct Found<'a, Q: Queried> {
    /// The items.
    pub items: Vec<Q::Item>,
    /// The cursors of the pages around it.
    pub cursors: Cursors,
    builder: QueryBuilder<'a, Q>,
}

impl<Q: Queried> core::fmt::Debug for Found<'_, Q> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Found").field("items", &self.items.len()).finish_non_exhaustive()
    }
}

impl<'a, Q: Queried> Found<'a, Q> {
    /// The page behind; none behind the last.
    ///
    /// # Errors
    /// Those of [`QueryBuilder::find`].
    pub async fn next(&self) -> Result<Option<Found<'a, Q>>, Error> {
        self.at(self.cursors.next.as_deref()).await
    }

    /// The page in front; none in front of the first.
    ///
    /// # Errors
    /// Those of [`QueryBuilder::find`].
    pub async fn prev(&self) -> Result<Option<Found<'a, Q>>, Error> {
        self.at(self.cursors.prev.as_deref()).await
    }

    async fn at(&self, cursor: Option<&str>) -> Result<Option<Found<'a, Q>>, Error> {
        match cursor {
            Some(cursor) => self.builder.clone().skip_to(cursor).find().await.map(Some),
            None => Ok(None),
        }
    }
}
