//! The methods, one file a group: request, answer and row of the table, in reading order.

pub mod accounts;
pub mod coupons;
pub mod points;
pub mod programs;
pub mod rewards;
pub mod tiers;
pub mod transactions;

/// Declares a method: its type, its row of the table, and what ties them together.
macro_rules! endpoint {
    (
        $(#[doc = $doc:literal])*
        $name:ident($request:ty) -> $response:ty {
            $method:ident $path:literal, $js:literal in $group:ident,
            args: $args:expr,
            unwrap: $unwrap:expr,
            identity: $identity:ident $permission:literal,
            effect: $effect:expr,
            $(fields: $fields:expr,)?
            $(searchable: $searchable:expr,)?
            $(deprecated: $deprecated:literal,)?
            link: $link:literal $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub struct $name;

        impl crate::endpoint::EndpointType for $name {
            type Request = $request;
            type Response = $response;
            const ENDPOINT: &'static crate::endpoint::Endpoint = &{
                #[allow(unused_imports)]
                use crate::endpoint::{Arg::*, Effect::*, Retry};
                #[allow(unused_mut, unused_assignments)]
                let (mut fields, mut searchable, mut deprecated) =
                    (&[] as &'static [crate::fields::FieldSpec], &[] as &'static [&'static str], false);
                $(fields = $fields;)?
                $(searchable = $searchable;)?
                $(deprecated = $deprecated;)?
                crate::endpoint::Endpoint {
                    operation: crate::endpoint::Operation::$name,
                    name: $js,
                    doc: concat!($($doc, "\n"),*),
                    group: crate::endpoint::Group::$group,
                    method: crate::endpoint::Method::$method,
                    path: $path,
                    request: <$request as crate::schema::RecordType>::RECORD,
                    response: <$response as crate::schema::RecordType>::RECORD,
                    unwrap: $unwrap,
                    args: $args,
                    identity: crate::endpoint::Identity::$identity,
                    permission: $permission,
                    effect: $effect,
                    fields,
                    searchable,
                    deprecated,
                    link: $link,
                }
            };
        }
    };
}
pub(crate) use endpoint;

use crate::record::record;

record! {
    /// The request of a method that takes no arguments.
    pub struct EmptyRequest {}
}
