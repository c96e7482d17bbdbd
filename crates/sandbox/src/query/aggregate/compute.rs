//! From rows to buckets.

use std::cmp::Ordering;

use loyalty_contract::types::{
    NestedResultValue, NestedScalarResult, RangeResult, ScalarDateResult, ValueResult,
};
use loyalty_contract::values::Decimal;

use super::plan::{Level, Measure, Range, Scalar, Values};
use crate::ledger::{Ledger, Slot};
use crate::query::cell::Cell;
use crate::query::zone::{Interval, Zone};

/// The most intervals that a date histogram answers with.
const MAX_INTERVALS: usize = 200;

/// A bucket with the rows in it.
pub(super) type Bucket = (NestedResultValue, Vec<Slot>);

/// Rows with the values that put them in their places.
type Row<'a> = (Cell<'a>, Slot);

/// Puts the rows into the buckets of a level, in the order of the answer.
#[must_use]
pub(super) fn split(level: &Level, ledger: &Ledger, rows: &[Slot], zone: &Zone) -> Vec<Bucket> {
    let read = |slot: &Slot| ((level.column)(ledger, *slot), *slot);
    let (there, missing): (Vec<Row<'_>>, Vec<Row<'_>>) =
        rows.iter().map(read).partition(|(cell, _)| *cell != Cell::Missing);
    match &level.measure {
        Measure::Values(values) => by_value(values, there, &missing),
        Measure::Ranges(ranges) => by_range(ranges, there),
        Measure::Histogram(interval) => by_interval(*interval, there, zone),
        Measure::Scalar(scalar) => {
            vec![(one_number(*scalar, there), rows.to_vec())]
        }
    }
}

/// Rows of one value after another, the values in ascending order.
fn runs(mut rows: Vec<Row<'_>>) -> Vec<(Cell<'_>, Vec<Slot>)> {
    rows.sort_unstable_by(|one, two| one.0.order(two.0).then(one.1.cmp(&two.1)));
    let same = |one: &Row<'_>, two: &Row<'_>| one.0.order(two.0) == Ordering::Equal;
    rows.chunk_by(same)
        .filter_map(|run| Some((run.first()?.0, run.iter().map(|(_, slot)| *slot).collect())))
        .collect()
}

fn by_value(values: &Values, there: Vec<Row<'_>>, missing: &[Row<'_>]) -> Vec<Bucket> {
    let mut found: Vec<(String, Vec<Slot>)> =
        runs(there).into_iter().map(|(cell, slots)| (text(cell), slots)).collect();
    if let (Some(name), false) = (&values.missing, missing.is_empty()) {
        let slots = missing.iter().map(|(_, slot)| *slot);
        // Their bucket may be one that a value has too.
        match found.iter_mut().find(|(text, _)| text == name) {
            Some((_, same)) => same.extend(slots),
            None => found.insert(0, (name.clone(), slots.collect())),
        }
    }
    // The sort by number keeps the order of values where the numbers are equal, in either direction.
    match (values.by_value, values.ascending) {
        (true, true) => {}
        (true, false) => found.reverse(),
        (false, true) => found.sort_by_key(|(_, slots)| slots.len()),
        (false, false) => found.sort_by_key(|(_, slots)| std::cmp::Reverse(slots.len())),
    }
    found.truncate(values.limit);
    found.into_iter().map(|(text, slots)| (value(text, &slots), slots)).map(as_value).collect()
}

fn by_interval(interval: Interval, there: Vec<Row<'_>>, zone: &Zone) -> Vec<Bucket> {
    let begun = there.into_iter().map(|(cell, slot)| match cell {
        Cell::Date(moment) => (Cell::Date(zone.start(moment, interval)), slot),
        other => (other, slot),
    });
    let mut found = runs(begun.collect());
    // The latest are what a chart shows.
    let late = found.split_off(found.len().saturating_sub(MAX_INTERVALS));
    late.into_iter().map(|(cell, slots)| (value(text(cell), &slots), slots)).map(as_interval).collect()
}

/// A row counts in the first range that it fits.
fn by_range(ranges: &[Range], mut left: Vec<Row<'_>>) -> Vec<Bucket> {
    let mut buckets = Vec::with_capacity(ranges.len());
    for (from, to) in ranges {
        let fits = |row: &Row<'_>| match row.0 {
            // Points stay far below 2^53, so a double holds them exactly.
            Cell::Number(number) => {
                from.is_none_or(|from| number as f64 >= from) && to.is_none_or(|to| (number as f64) < to)
            }
            _ => false,
        };
        let (inside, outside): (Vec<Row<'_>>, Vec<Row<'_>>) = left.into_iter().partition(fits);
        left = outside;
        let slots: Vec<Slot> = inside.into_iter().map(|(_, slot)| slot).collect();
        let range = RangeResult { from: from.map(Decimal), to: to.map(Decimal), count: Some(count(&slots)) };
        buckets.push((NestedResultValue { range: Some(range), ..NestedResultValue::default() }, slots));
    }
    buckets
}

fn one_number(scalar: Scalar, there: Vec<Row<'_>>) -> NestedResultValue {
    let order = |one: &Cell<'_>, two: &Cell<'_>| one.order(*two);
    let cells = there.iter().map(|(cell, _)| *cell);
    let found = match scalar {
        Scalar::CountDistinct => Some(Cell::Number(i64::try_from(runs(there).len()).unwrap_or(i64::MAX))),
        Scalar::Min => cells.min_by(order),
        Scalar::Max => cells.max_by(order),
    };
    let mut bucket = NestedResultValue::default();
    match found {
        Some(Cell::Date(moment)) => {
            bucket.scalar_date = Some(ScalarDateResult { scalar_type: None, value: Some(moment.to_iso()) });
        }
        Some(Cell::Number(number)) => {
            bucket.scalar = Some(NestedScalarResult { value: Some(Decimal(number as f64)) });
        }
        _ => {}
    }
    bucket
}

fn value(text: String, slots: &[Slot]) -> ValueResult {
    ValueResult { value: Some(text), count: Some(count(slots)) }
}

fn as_value((value, slots): (ValueResult, Vec<Slot>)) -> Bucket {
    (NestedResultValue { value: Some(value), ..NestedResultValue::default() }, slots)
}

fn as_interval((interval, slots): (ValueResult, Vec<Slot>)) -> Bucket {
    (NestedResultValue { date_histogram: Some(interval), ..NestedResultValue::default() }, slots)
}

fn count(slots: &[Slot]) -> i64 {
    i64::try_from(slots.len()).unwrap_or(i64::MAX)
}

/// A value as the answer writes it.
fn text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Id(id) => id.to_string(),
        Cell::Text(text) => text.to_owned(),
        Cell::Number(number) => number.to_string(),
        Cell::Date(moment) => moment.to_iso(),
    }
}
