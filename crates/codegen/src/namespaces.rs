//! The namespace of each group: its functions, and the types, names and builders that code finds beside them.

use super::functions::{builder_name, has_builder, options_name, query_name};
use super::types::fields_name;
use super::words::{HEADER, Reached, endpoints, upper};
use loyalty_contract::endpoint::{Arg, Group};
use std::fmt::Write;

/// Names that the official modules have for what has another name among all types. Each is an alias there.
const OFFICIAL: [(Group, &str, &str); 27] = [
    (Group::Accounts, "AccountTier", "Tier"),
    (Group::Accounts, "AccountContact", "Contact"),
    (Group::Accounts, "AccountPointsExpiration", "PointsExpiration"),
    (Group::Accounts, "ContactPicture", "Image"),
    (Group::Accounts, "SearchMode", "Mode"),
    (Group::Accounts, "ValueSortType", "SortType"),
    (Group::Accounts, "HistogramInterval", "DateHistogramAggregationInterval"),
    (Group::Accounts, "ScalarResult", "AggregationResultsScalarResult"),
    (Group::Accounts, "ScalarDateResult", "AggregationResultsScalarDateResult"),
    (Group::Accounts, "NestedResult", "Results"),
    (Group::Programs, "ProgramPointsExpiration", "PointsExpiration"),
    (Group::Programs, "PointsExpirationStatus", "Status"),
    (Group::Tiers, "TiersProgramStatus", "Status"),
    (Group::Rewards, "FixedAmountCoupon", "FixedAmountDiscount"),
    (Group::Rewards, "FixedAmountConfig", "FixedAmountDiscountConfig"),
    (Group::Rewards, "PercentageCoupon", "PercentageDiscount"),
    (Group::Rewards, "PercentageConfig", "PercentageDiscountConfig"),
    (Group::Rewards, "FreeShippingCoupon", "FreeShippingDiscount"),
    (Group::Rewards, "FreeShippingConfig", "FreeShippingDiscountConfig"),
    (Group::Rewards, "RewardScope", "CouponScope"),
    (Group::Rewards, "RewardScopeGroup", "Group"),
    (Group::Coupons, "CouponSpecification", "Specification"),
    (Group::Coupons, "CouponScope", "Scope"),
    (Group::Coupons, "CouponStatus", "Status"),
    (Group::Coupons, "CouponType", "Type"),
    (Group::Coupons, "QueryLoyaltyCouponsResponse", "QueryLoyaltyCouponResponse"),
    (Group::Accounts, "SortOrder", "SortOrderWithLiterals"),
];

/// A name, and the alias by which the official module of the group knows it.
fn aliased(group: Group, name: &str) -> Vec<String> {
    let official = OFFICIAL.iter().filter(|(of, ours, _)| *of == group && *ours == name);
    let mut all = vec![name.to_owned()];
    all.extend(official.map(|(_, ours, official)| format!("{ours} as {official}")));
    all
}

fn has_builders(group: Group) -> bool {
    endpoints(group).any(|(_, endpoint)| has_builder(endpoint))
}

/// `accounts.js`.
pub(crate) fn namespace(group: Group) -> String {
    let mut text = format!("{HEADER}export * from \"./operations/{}.js\";\n", group.as_str());
    let reached = Reached::from(endpoints(group).map(|(_, endpoint)| endpoint));
    let mut names: Vec<_> = reached.enums.iter().flat_map(|names| aliased(group, names.name)).collect();
    names.retain(|name| !name.ends_with("WithLiterals"));
    names.sort_unstable();
    if !names.is_empty() {
        let _ = writeln!(text, "export {{ {} }} from \"./enums.js\";", names.join(", "));
    }
    if has_builders(group) {
        text.push_str("export { Filter, QueryBuilder, Sort } from \"../client/filter.js\";\n");
    }
    text
}

/// `accounts.d.ts`.
pub(crate) fn declarations(group: Group) -> String {
    let mut text = format!("{HEADER}export * from \"./operations/{}.js\";\n", group.as_str());
    let reached = Reached::from(endpoints(group).map(|(_, endpoint)| endpoint));
    let (literals, mut enums): (Vec<_>, Vec<_>) = reached
        .enums
        .iter()
        .flat_map(|names| aliased(group, names.name))
        .partition(|name| name.ends_with("WithLiterals"));
    enums.sort_unstable();
    if !enums.is_empty() {
        let _ = writeln!(text, "export {{ {} }} from \"./enums.js\";", enums.join(", "));
    }
    for name in literals {
        let _ = writeln!(text, "export type {{ {name} }} from \"./enums.js\";");
    }
    let mut types: Vec<_> = reached.records.iter().map(|record| record.name.to_owned()).collect();
    let mut factories = String::new();
    for (_, endpoint) in endpoints(group) {
        if endpoint.unwrap.is_none() {
            types.push(format!("{}Response", upper(endpoint.name)));
        }
        if endpoint.args.iter().any(|arg| matches!(arg, Arg::Spread { .. })) {
            types.push(options_name(endpoint));
        }
        if let Some(query) = query_name(endpoint) {
            types.extend([query, fields_name(endpoint)]);
        }
        if has_builder(endpoint) {
            let (builder, fields) = (builder_name(endpoint), fields_name(endpoint));
            types.extend([builder.replace("QueryBuilder", "QueryResult"), builder]);
            let query = query_name(endpoint).unwrap_or_default();
            let _ = write!(
                factories,
                "\n/** Makes conditions for filters. */\nexport const Filter: FilterFactory<types.{fields}>;\n\n/** Makes orders. */\nexport const Sort: SortFactory<types.{fields}>;\n\n/** Puts a query together. */\nexport const QueryBuilder: () => QueryAssembler<types.{fields}, types.{query}>;\n",
            );
        }
    }
    types.sort_unstable();
    types.dedup();
    let types: Vec<_> = types.iter().flat_map(|name| aliased(group, name)).collect();
    let _ = writeln!(text, "export type {{\n  {},\n}} from \"./types.js\";", types.join(",\n  "));
    if !factories.is_empty() {
        text.push_str("import type { FilterFactory, QueryAssembler, SortFactory } from \"../client/query.js\";\nimport type * as types from \"./types.js\";\n");
        text.push_str(&factories);
    }
    text
}
