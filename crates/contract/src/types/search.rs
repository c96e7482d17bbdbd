use super::query::{CursorPaging, Sorting};
use crate::record::{names, record};
use crate::values::{Decimal, Json, RawFilter};
use alloc::collections::BTreeMap;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

names! {
    /// Whether all words of an expression must be found.
    pub enum SearchMode {
        /// Any word.
        Or = "OR",
        /// All words.
        And = "AND",
    }
}

names! {
    /// What an aggregation computes.
    pub enum AggregationType {
        /// Not told.
        Unknown = "UNKNOWN_AGGREGATION_TYPE",
        /// How often each value stands.
        Value = "VALUE",
        /// How many values are in each range.
        Range = "RANGE",
        /// One number over all.
        Scalar = "SCALAR",
        /// How many dates are in each interval.
        DateHistogram = "DATE_HISTOGRAM",
        /// Aggregations within aggregations.
        Nested = "NESTED",
    }
}

names! {
    /// The one number of a scalar aggregation.
    pub enum ScalarType {
        /// Not told.
        Unknown = "UNKNOWN_SCALAR_TYPE",
        /// How many different values there are.
        CountDistinct = "COUNT_DISTINCT",
        /// The smallest value.
        Min = "MIN",
        /// The greatest value.
        Max = "MAX",
    }
}

names! {
    /// By what the values of an aggregation are ordered.
    pub enum ValueSortType {
        /// How often they stand.
        Count = "COUNT",
        /// The value itself.
        Value = "VALUE",
    }
}

names! {
    /// Which end comes first.
    pub enum SortDirection {
        /// The greatest.
        Desc = "DESC",
        /// The smallest.
        Asc = "ASC",
    }
}

names! {
    /// What happens with items that lack the field.
    pub enum MissingValues {
        /// They don't count.
        Exclude = "EXCLUDE",
        /// They count in a bucket of their own.
        Include = "INCLUDE",
    }
}

names! {
    /// The length of a histogram's intervals.
    pub enum HistogramInterval {
        /// Not told.
        Unknown = "UNKNOWN_INTERVAL",
        /// A year.
        Year = "YEAR",
        /// A month.
        Month = "MONTH",
        /// A week.
        Week = "WEEK",
        /// A day.
        Day = "DAY",
        /// An hour.
        Hour = "HOUR",
        /// A minute.
        Minute = "MINUTE",
        /// A second.
        Second = "SECOND",
    }
}

record! {
    /// A search over a collection: filter, words, order, page and aggregations.
    pub struct CursorSearch {
        /// How many, from where.
        cursor_paging as "cursorPaging": Option<CursorPaging>,
        /// Which items.
        filter as "filter": Option<RawFilter>,
        /// In which order: up to 10 fields.
        sort as "sort": Option<Vec<Sorting>> [Len(0, 10)],
        /// What to compute over all that match: up to 10.
        aggregations as "aggregations": Option<Vec<Aggregation>> [Len(0, 10)],
        /// The words to look for.
        search as "search": Option<SearchDetails>,
        /// Time zone of date histograms, such as `Europe/Paris`; UTC when absent.
        time_zone as "timeZone": Option<String> [Len(0, 50)],
    }
}

record! {
    /// The words to look for.
    pub struct SearchDetails {
        /// Whether all words must be found. `OR` when absent.
        mode as "mode": Option<SearchMode>,
        /// The words, up to 100 characters.
        expression as "expression": Option<String> [Len(0, 100)],
        /// Where to look: up to 20 fields.
        fields as "fields": Option<Vec<String>> [Len(0, 20), SearchField],
        /// Whether words that are nearly the same count too.
        fuzzy as "fuzzy": Option<bool>,
    }
}

record! {
    /// Something to compute over all items that match.
    pub struct Aggregation {
        /// A name to find the result by, up to 100 characters.
        name as "name": Option<String> [Len(0, 100)],
        /// What to compute.
        aggregation_type as "type": Option<AggregationType>,
        /// Over which field, up to 200 characters.
        field_path as "fieldPath": Option<String> [Len(0, 200)],
        /// Of a VALUE.
        value as "value": Option<ValueAggregation>,
        /// Of a RANGE.
        range as "range": Option<RangeAggregation>,
        /// Of a SCALAR.
        scalar as "scalar": Option<ScalarAggregation>,
        /// Of a DATE_HISTOGRAM.
        date_histogram as "dateHistogram": Option<DateHistogramAggregation>,
        /// Of a NESTED.
        nested as "nested": Option<NestedAggregation>,
        /// Deprecated upstream.
        group_by as "groupBy": Option<GroupByAggregation>,
    }
    rules [AtMostOne(&["value", "range", "scalar", "dateHistogram", "nested"])]
}

record! {
    /// How often each value stands.
    pub struct ValueAggregation {
        /// By what to order.
        sort_type as "sortType": Option<ValueSortType>,
        /// Which end first.
        sort_direction as "sortDirection": Option<SortDirection>,
        /// The most values, 1 to 250; 10 when absent.
        limit as "limit": Option<i64> [Range(1, 250)],
        /// What happens with items that lack the field.
        missing_values as "missingValues": Option<MissingValues>,
        /// How to name their bucket.
        include_options as "includeOptions": Option<IncludeMissingValuesOptions>,
    }
}

record! {
    /// How items that lack the field are counted.
    pub struct IncludeMissingValuesOptions {
        /// Name of their bucket, up to 20 characters.
        add_to_bucket as "addToBucket": Option<String> [Len(0, 20)],
    }
}

record! {
    /// How many values are in each range.
    pub struct RangeAggregation {
        /// The ranges, up to 50.
        buckets as "buckets": Option<Vec<RangeBucket>> [Len(0, 50)],
    }
}

record! {
    /// One range.
    pub struct RangeBucket {
        /// The least value that is in it.
        from as "from": Option<Decimal>,
        /// The least value that is above it.
        to as "to": Option<Decimal>,
    }
    rules [AtLeastOne(&["from", "to"])]
}

record! {
    /// One number over all.
    pub struct ScalarAggregation {
        /// Which.
        scalar_type as "type": Option<ScalarType>,
    }
}

record! {
    /// How many dates are in each interval.
    pub struct DateHistogramAggregation {
        /// Length of the intervals.
        interval as "interval": Option<HistogramInterval>,
    }
}

record! {
    /// Aggregations within aggregations.
    pub struct NestedAggregation {
        /// From the outermost to the innermost: 2 or 3.
        nested_aggregations as "nestedAggregations": Option<Vec<NestedAggregationItem>> [Len(2, 3)],
    }
}

record! {
    /// One level of a nested aggregation.
    pub struct NestedAggregationItem {
        /// A name to find the result by, up to 100 characters.
        name as "name": Option<String> [Len(0, 100)],
        /// What to compute.
        aggregation_type as "type": Option<AggregationType>,
        /// Over which field, up to 200 characters.
        field_path as "fieldPath": Option<String> [Len(0, 200)],
        /// Of a VALUE.
        value as "value": Option<ValueAggregation>,
        /// Of a RANGE.
        range as "range": Option<RangeAggregation>,
        /// Of a SCALAR.
        scalar as "scalar": Option<ScalarAggregation>,
        /// Of a DATE_HISTOGRAM.
        date_histogram as "dateHistogram": Option<DateHistogramAggregation>,
    }
    rules [AtMostOne(&["value", "range", "scalar", "dateHistogram"])]
}

record! {
    /// Deprecated upstream.
    pub struct GroupByAggregation {
        /// Name.
        name as "name": Option<String> [Len(0, 100)],
        /// Field.
        field_path as "fieldPath": Option<String> [Len(0, 200)],
        /// How often each value stands.
        value as "value": Option<ValueAggregation>,
    }
}

record! {
    /// The results of all aggregations.
    pub struct AggregationData {
        /// One for each aggregation.
        results as "results": Option<Vec<AggregationResults>>,
    }
}

record! {
    /// The result of one aggregation.
    pub struct AggregationResults {
        /// Name of the aggregation.
        name as "name": Option<String>,
        /// What was computed.
        aggregation_type as "type": Option<AggregationType>,
        /// Over which field.
        field_path as "fieldPath": Option<String>,
        /// Of a VALUE.
        values as "values": Option<ValueResults>,
        /// Of a RANGE.
        ranges as "ranges": Option<RangeResults>,
        /// Of a SCALAR over numbers.
        scalar as "scalar": Option<ScalarResult>,
        /// Of a SCALAR over dates.
        scalar_date as "scalarDate": Option<ScalarDateResult>,
        /// Deprecated upstream.
        grouped_by_value as "groupedByValue": Option<Json>,
        /// Of a DATE_HISTOGRAM.
        date_histogram as "dateHistogram": Option<ValueResults>,
        /// Of a NESTED.
        nested as "nested": Option<NestedResults>,
    }
}

record! {
    /// How often each value stands.
    pub struct ValueResults {
        /// One for each value.
        results as "results": Option<Vec<ValueResult>>,
    }
}

record! {
    /// How often one value stands.
    pub struct ValueResult {
        /// The value, as text.
        value as "value": Option<String>,
        /// How often it stands.
        count as "count": Option<i64>,
    }
}

record! {
    /// How many values are in each range.
    pub struct RangeResults {
        /// One for each range.
        results as "results": Option<Vec<RangeResult>>,
    }
}

record! {
    /// How many values are in one range.
    pub struct RangeResult {
        /// The least value that is in it.
        from as "from": Option<Decimal>,
        /// The least value that is above it.
        to as "to": Option<Decimal>,
        /// How many are.
        count as "count": Option<i64>,
    }
}

record! {
    /// One number over all.
    pub struct ScalarResult {
        /// Which.
        scalar_type as "type": Option<ScalarType>,
        /// The number.
        value as "value": Option<Decimal>,
    }
}

record! {
    /// One date over all.
    pub struct ScalarDateResult {
        /// Which.
        scalar_type as "type": Option<ScalarType>,
        /// The date, as ISO-8601 text.
        value as "value": Option<String>,
    }
}

record! {
    /// Results within results.
    pub struct NestedResults {
        /// One for each combination of values.
        results as "results": Option<Vec<NestedResult>>,
    }
}

record! {
    /// The results of one combination of values.
    pub struct NestedResult {
        /// By name of the aggregation.
        results as "results": Option<BTreeMap<String, NestedResultValue>>,
    }
}

record! {
    /// One result within a combination.
    pub struct NestedResultValue {
        /// Of a VALUE.
        value as "value": Option<ValueResult>,
        /// Of a RANGE.
        range as "range": Option<RangeResult>,
        /// Of a SCALAR over numbers.
        scalar as "scalar": Option<NestedScalarResult>,
        /// Of a DATE_HISTOGRAM.
        date_histogram as "dateHistogram": Option<ValueResult>,
        /// Of a SCALAR over dates.
        scalar_date as "scalarDate": Option<ScalarDateResult>,
    }
}

record! {
    /// One number of a combination.
    pub struct NestedScalarResult {
        /// The number.
        value as "value": Option<Decimal>,
    }
}
