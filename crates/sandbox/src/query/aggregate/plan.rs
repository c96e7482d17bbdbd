//! Aggregations as they are asked for, read into what can be computed. What doesn't fit is refused by name.

use loyalty_contract::fields::{ACCOUNTS_AGGREGATABLE, ACCOUNTS_SEARCH, Kind};
use loyalty_contract::rename::path_to_wire;
use loyalty_contract::types::{
    Aggregation, AggregationType, DateHistogramAggregation, MissingValues, NestedAggregation,
    NestedAggregationItem, RangeAggregation, ScalarAggregation, ScalarType, SortDirection, ValueAggregation,
    ValueSortType,
};
use loyalty_contract::validate::{ViolatedRule, Violation};

use crate::query::cell::{Collection, Column};
use crate::query::zone::Interval;

/// How many values a VALUE aggregation answers with unless told otherwise.
const DEFAULT_LIMIT: i64 = 10;

/// One aggregation.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The name that the caller finds the result by.
    pub name: Option<String>,
    /// The field, in the caller's own spelling.
    pub field_path: Option<String>,
    /// What to compute.
    pub what: What,
}

/// What to compute.
#[derive(Debug)]
pub(crate) enum What {
    /// One aggregation over all rows.
    Flat(Level),
    /// Each within the buckets of the one before it, by their names.
    Nested(Vec<(String, Level)>),
}

/// One field, and how its values are put into buckets.
#[derive(Debug)]
pub(crate) struct Level {
    /// Reads the field.
    pub column: Column,
    /// The buckets.
    pub measure: Measure,
}

/// The buckets.
#[derive(Debug)]
pub(crate) enum Measure {
    /// One for each value.
    Values(Values),
    /// One for each range.
    Ranges(Vec<Range>),
    /// One for all, with one number.
    Scalar(Scalar),
    /// One for each interval of the calendar.
    Histogram(Interval),
}

/// From, which is in the range, to what is not.
pub(crate) type Range = (Option<f64>, Option<f64>);

/// Which values, and in which order.
#[derive(Debug)]
pub(crate) struct Values {
    /// Ordered by the values themselves, not by how often they stand.
    pub by_value: bool,
    /// The smallest first.
    pub ascending: bool,
    /// As many as are told.
    pub limit: usize,
    /// The bucket of rows that lack the field, if they count.
    pub missing: Option<String>,
}

/// The one number.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scalar {
    /// How many different values there are.
    CountDistinct,
    /// The smallest.
    Min,
    /// The greatest.
    Max,
}

impl Scalar {
    /// Its name on the wire.
    #[must_use]
    pub(crate) const fn name(self) -> ScalarType {
        match self {
            Self::CountDistinct => ScalarType::CountDistinct,
            Self::Min => ScalarType::Min,
            Self::Max => ScalarType::Max,
        }
    }
}

/// Reads all aggregations of a search.
///
/// # Errors
/// Everything that is wrong with them, each by its wire path.
pub(crate) fn read(asked: &[Aggregation]) -> Result<Vec<Plan>, Vec<Violation>> {
    let (mut plans, mut wrong) = (Vec::new(), Vec::new());
    for (at, aggregation) in asked.iter().enumerate() {
        match plan(aggregation, &format!("search.aggregations[{at}]")) {
            Ok(plan) => plans.push(plan),
            Err(violation) => wrong.push(violation),
        }
    }
    if wrong.is_empty() { Ok(plans) } else { Err(wrong) }
}

fn plan(asked: &Aggregation, at: &str) -> Result<Plan, Violation> {
    if asked.group_by.is_some() {
        return Err(unsupported(&format!("{at}.groupBy"), "was removed upstream; use a NESTED aggregation"));
    }
    let part = Part {
        aggregation_type: asked.aggregation_type.as_ref(),
        field_path: asked.field_path.as_deref(),
        value: asked.value.as_ref(),
        range: asked.range.as_ref(),
        scalar: asked.scalar.as_ref(),
        date_histogram: asked.date_histogram.as_ref(),
        nested: asked.nested.as_ref(),
    };
    let what = match part.kind(at)? {
        AggregationType::Nested => {
            let items = asked.nested.as_ref().and_then(|nested| nested.nested_aggregations.as_deref());
            let path = format!("{at}.nested.nestedAggregations");
            What::Nested(nested(items.ok_or_else(|| required(&path))?, &path)?)
        }
        kind => What::Flat(part.level(&kind, at)?),
    };
    Ok(Plan { name: asked.name.clone(), field_path: asked.field_path.clone(), what })
}

fn nested(items: &[NestedAggregationItem], at: &str) -> Result<Vec<(String, Level)>, Violation> {
    let mut levels: Vec<(String, Level)> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let at = format!("{at}[{index}]");
        let part = Part {
            aggregation_type: item.aggregation_type.as_ref(),
            field_path: item.field_path.as_deref(),
            value: item.value.as_ref(),
            range: item.range.as_ref(),
            scalar: item.scalar.as_ref(),
            date_histogram: item.date_histogram.as_ref(),
            nested: None,
        };
        let kind = part.kind(&at)?;
        if kind == AggregationType::Nested {
            return Err(unsupported(&format!("{at}.type"), "can't be NESTED within a nested aggregation"));
        }
        let level = part.level(&kind, &at)?;
        let path = format!("{at}.name");
        let name = item.name.clone().filter(|name| !name.is_empty()).ok_or_else(|| required(&path))?;
        if levels.iter().any(|(other, _)| *other == name) {
            let text = "stands twice, and the results are found by their names";
            return Err(Violation::new(&path, ViolatedRule::Format, text));
        }
        levels.push((name, level));
    }
    Ok(levels)
}

/// What an aggregation and a level of a nested one have in common.
struct Part<'a> {
    aggregation_type: Option<&'a AggregationType>,
    field_path: Option<&'a str>,
    value: Option<&'a ValueAggregation>,
    range: Option<&'a RangeAggregation>,
    scalar: Option<&'a ScalarAggregation>,
    date_histogram: Option<&'a DateHistogramAggregation>,
    nested: Option<&'a NestedAggregation>,
}

impl Part<'_> {
    /// The type as it is told, or else the one whose options are given; both must agree.
    fn kind(&self, at: &str) -> Result<AggregationType, Violation> {
        let given = [
            (self.value.is_some(), "value", AggregationType::Value),
            (self.range.is_some(), "range", AggregationType::Range),
            (self.scalar.is_some(), "scalar", AggregationType::Scalar),
            (self.date_histogram.is_some(), "dateHistogram", AggregationType::DateHistogram),
            (self.nested.is_some(), "nested", AggregationType::Nested),
        ];
        let options = given.into_iter().find(|(is_given, ..)| *is_given);
        let path = format!("{at}.type");
        match (self.aggregation_type, options) {
            (None, None) => Err(required(&path)),
            (None, Some((_, _, kind))) => Ok(kind),
            (Some(AggregationType::Unknown | AggregationType::Other(_)), _) => {
                Err(unsupported(&path, "is not a type of aggregation"))
            }
            (Some(told), Some((_, name, kind))) if *told != kind => {
                Err(unsupported(&format!("{at}.{name}"), "is of another type than `type` tells"))
            }
            (Some(told), _) => Ok(told.clone()),
        }
    }

    fn level(&self, kind: &AggregationType, at: &str) -> Result<Level, Violation> {
        let path = format!("{at}.fieldPath");
        let sent = self.field_path.filter(|sent| !sent.is_empty()).ok_or_else(|| required(&path))?;
        // The official client leaves this value as JavaScript spells it: `contact._id`.
        let wire = path_to_wire(sent);
        let field = ACCOUNTS_SEARCH.iter().find(|field| field.path == wire);
        let field = field.filter(|field| ACCOUNTS_AGGREGATABLE.contains(&field.path));
        let column = field.and_then(|field| Collection::Accounts.column(field.path));
        let (Some(field), Some(column)) = (field, column) else {
            return Err(unsupported(&path, format!("`{sent}` is not a field to aggregate by")));
        };
        let wrong = |what: &str| unsupported(&path, format!("`{sent}` is not {what}"));
        let measure = match kind {
            AggregationType::Range if field.kind != Kind::Number => {
                return Err(wrong("a number, as ranges need"));
            }
            AggregationType::DateHistogram if field.kind != Kind::Date => {
                return Err(wrong("a date, as histograms need"));
            }
            AggregationType::Range => Measure::Ranges(self.ranges(at)?),
            AggregationType::DateHistogram => {
                let path = format!("{at}.dateHistogram.interval");
                let name = self.date_histogram.and_then(|histogram| histogram.interval.as_ref());
                let interval = Interval::from_name(name.ok_or_else(|| required(&path))?);
                Measure::Histogram(interval.ok_or_else(|| unsupported(&path, "is not an interval"))?)
            }
            AggregationType::Scalar => {
                let scalar = self.scalar(at)?;
                if field.kind == Kind::Id && !matches!(scalar, Scalar::CountDistinct) {
                    return Err(wrong("a number or a date, which alone have a least and a greatest"));
                }
                Measure::Scalar(scalar)
            }
            _ => Measure::Values(self.values(field.kind)),
        };
        Ok(Level { column, measure })
    }

    fn ranges(&self, at: &str) -> Result<Vec<Range>, Violation> {
        let buckets = self.range.and_then(|range| range.buckets.as_deref()).unwrap_or_default();
        if buckets.is_empty() {
            return Err(required(&format!("{at}.range.buckets")));
        }
        Ok(buckets.iter().map(|bucket| (bucket.from.map(|from| from.0), bucket.to.map(|to| to.0))).collect())
    }

    fn scalar(&self, at: &str) -> Result<Scalar, Violation> {
        let path = format!("{at}.scalar.type");
        match self.scalar.and_then(|scalar| scalar.scalar_type.as_ref()) {
            Some(ScalarType::CountDistinct) => Ok(Scalar::CountDistinct),
            Some(ScalarType::Min) => Ok(Scalar::Min),
            Some(ScalarType::Max) => Ok(Scalar::Max),
            Some(ScalarType::Unknown | ScalarType::Other(_)) => {
                Err(unsupported(&path, "takes COUNT_DISTINCT, MIN or MAX"))
            }
            None => Err(required(&path)),
        }
    }

    fn values(&self, kind: Kind) -> Values {
        let options = self.value.cloned().unwrap_or_default();
        let include = options.missing_values == Some(MissingValues::Include);
        let by_default = if kind == Kind::Number { "0" } else { "N/A" };
        let bucket = options.include_options.and_then(|include| include.add_to_bucket);
        Values {
            by_value: options.sort_type == Some(ValueSortType::Value),
            ascending: options.sort_direction == Some(SortDirection::Asc),
            limit: usize::try_from(options.limit.unwrap_or(DEFAULT_LIMIT)).unwrap_or_default(),
            missing: include.then(|| bucket.unwrap_or_else(|| by_default.to_owned())),
        }
    }
}

fn required(path: &str) -> Violation {
    Violation::new(path, ViolatedRule::Required, "is required")
}

fn unsupported(path: &str, description: impl Into<String>) -> Violation {
    Violation::new(path, ViolatedRule::Unsupported, description)
}
