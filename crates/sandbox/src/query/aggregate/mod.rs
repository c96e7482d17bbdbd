//! Aggregations: what a search computes over all accounts that match, whatever page it shows.

mod compute;
mod plan;

pub(crate) use plan::{Plan, read};

use loyalty_contract::types::{
    AggregationResults, AggregationType, NestedResult, NestedResultValue, NestedResults, RangeResults,
    ScalarDateResult, ScalarResult, ValueResults,
};

use super::zone::Zone;
use crate::ledger::{Ledger, Slot};
use plan::{Level, Measure, What};

/// The most combinations that a nested aggregation answers with.
const MAX_NESTED: usize = 1_000;

impl Plan {
    /// Computes over these rows.
    #[must_use]
    pub(crate) fn carry_out(&self, ledger: &Ledger, rows: &[Slot], zone: &Zone) -> AggregationResults {
        let mut results = AggregationResults {
            name: self.name.clone(),
            aggregation_type: Some(self.kind()),
            field_path: self.field_path.clone(),
            ..AggregationResults::default()
        };
        match &self.what {
            What::Nested(levels) => {
                let mut combinations = Vec::new();
                nest(ledger, rows, zone, levels, &NestedResult::default(), &mut combinations);
                results.nested = Some(NestedResults { results: Some(combinations) });
            }
            What::Flat(level) => {
                let buckets = compute::split(level, ledger, rows, zone);
                let mut buckets = buckets.into_iter().map(|(bucket, _)| bucket);
                match &level.measure {
                    Measure::Values(_) => {
                        let values = buckets.filter_map(|bucket| bucket.value).collect();
                        results.values = Some(ValueResults { results: Some(values) });
                    }
                    Measure::Ranges(_) => {
                        let ranges = buckets.filter_map(|bucket| bucket.range).collect();
                        results.ranges = Some(RangeResults { results: Some(ranges) });
                    }
                    Measure::Histogram(_) => {
                        let intervals = buckets.filter_map(|bucket| bucket.date_histogram).collect();
                        results.date_histogram = Some(ValueResults { results: Some(intervals) });
                    }
                    Measure::Scalar(scalar) => {
                        let scalar_type = Some(scalar.name());
                        let NestedResultValue { scalar, scalar_date, .. } =
                            buckets.next().unwrap_or_default();
                        results.scalar = scalar.map(|found| ScalarResult {
                            scalar_type: scalar_type.clone(),
                            value: found.value,
                        });
                        results.scalar_date =
                            scalar_date.map(|found| ScalarDateResult { scalar_type, value: found.value });
                    }
                }
            }
        }
        results
    }

    fn kind(&self) -> AggregationType {
        match &self.what {
            What::Nested(_) => AggregationType::Nested,
            What::Flat(level) => match level.measure {
                Measure::Values(_) => AggregationType::Value,
                Measure::Ranges(_) => AggregationType::Range,
                Measure::Scalar(_) => AggregationType::Scalar,
                Measure::Histogram(_) => AggregationType::DateHistogram,
            },
        }
    }
}

/// Goes through the buckets of the first level, and within each through those of the next. Every combination that
/// has rows becomes one flat result; the first [`MAX_NESTED`] are kept.
fn nest(
    ledger: &Ledger,
    rows: &[Slot],
    zone: &Zone,
    levels: &[(String, Level)],
    above: &NestedResult,
    combinations: &mut Vec<NestedResult>,
) {
    let Some(((name, level), below)) = levels.split_first() else {
        return combinations.push(above.clone());
    };
    for (bucket, rows) in compute::split(level, ledger, rows, zone) {
        if combinations.len() >= MAX_NESTED {
            return;
        }
        if rows.is_empty() {
            continue;
        }
        let mut here = above.clone();
        here.results.get_or_insert_default().insert(name.clone(), bucket);
        nest(ledger, &rows, zone, below, &here, combinations);
    }
}
