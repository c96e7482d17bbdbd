//! Time zones: where the interval of a calendar begins that a moment lies in, and which moment a bare date is.
//!
//! The IANA database is compiled in, because a browser and an edge worker have none of their own to read.

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use loyalty_contract::Timestamp;
use loyalty_contract::endpoint::FieldSet;
use loyalty_contract::fields::Kind;
use loyalty_contract::types::HistogramInterval;
use serde_json::Value;

/// The length of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interval {
    /// A year.
    Year,
    /// A month.
    Month,
    /// A week, which begins on a Monday.
    Week,
    /// A day.
    Day,
    /// An hour.
    Hour,
    /// A minute.
    Minute,
    /// A second.
    Second,
}

impl Interval {
    /// The interval of that name; `None` for names that the contract doesn't list.
    #[must_use]
    pub(crate) fn from_name(name: &HistogramInterval) -> Option<Self> {
        Some(match name {
            HistogramInterval::Year => Self::Year,
            HistogramInterval::Month => Self::Month,
            HistogramInterval::Week => Self::Week,
            HistogramInterval::Day => Self::Day,
            HistogramInterval::Hour => Self::Hour,
            HistogramInterval::Minute => Self::Minute,
            HistogramInterval::Second => Self::Second,
            HistogramInterval::Unknown | HistogramInterval::Other(_) => return None,
        })
    }
}

/// A time zone.
#[derive(Debug, Clone)]
pub(crate) struct Zone(TimeZone);

impl Zone {
    /// The zone of searches that name none.
    #[must_use]
    pub(crate) fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone of an IANA name (`Europe/Paris`) or of an ISO-8601 offset (`+02:00`, `Z`).
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        if name == "Z" {
            return Some(Self::utc());
        }
        if name.starts_with(['+', '-']) {
            let offset = Offset::from_seconds(offset_seconds(name)?).ok()?;
            return Some(Self(TimeZone::fixed(offset)));
        }
        TimeZoneDatabase::bundled().get(name).ok().map(Self)
    }

    /// Where the interval begins that the moment lies in.
    #[must_use]
    pub(crate) fn start(&self, moment: Timestamp, interval: Interval) -> Timestamp {
        // A calendar ends somewhere; the last hours of the year 9999 are intervals of their own.
        self.begins(moment, interval).unwrap_or(moment)
    }

    fn begins(&self, moment: Timestamp, interval: Interval) -> Option<Timestamp> {
        let local = self.0.to_datetime(jiff::Timestamp::from_millisecond(moment.0).ok()?);
        let millis = i64::from(local.millisecond());
        let seconds = i64::from(local.second());
        let minutes = i64::from(local.minute());
        // Short intervals are cut off the moment itself: the hour that the end of summer time repeats is two hours.
        let within = match interval {
            Interval::Second => Some(millis),
            Interval::Minute => Some(seconds * 1_000 + millis),
            Interval::Hour => Some((minutes * 60 + seconds) * 1_000 + millis),
            _ => None,
        };
        if let Some(within) = within {
            return Some(Timestamp(moment.0 - within));
        }
        let day = local.date();
        let first = match interval {
            Interval::Week => day.checked_sub(day.weekday().to_monday_zero_offset().days()).ok()?,
            Interval::Month => day.first_of_month(),
            Interval::Year => day.first_of_year(),
            _ => day,
        };
        self.midnight(first)
    }

    fn midnight(&self, day: Date) -> Option<Timestamp> {
        let begins = self.0.to_timestamp(day.to_datetime(Time::midnight())).ok()?;
        Some(Timestamp(begins.as_millisecond()))
    }

    /// The filter with the dates that stand there without a time as the moments at which they begin here. What has a
    /// time has a zone of its own.
    #[must_use]
    pub(crate) fn in_filter(&self, mut filter: Value, fields: FieldSet) -> Value {
        self.in_part(&mut filter, fields);
        filter
    }

    fn in_part(&self, part: &mut Value, fields: FieldSet) {
        let Value::Object(part) = part else { return };
        for (name, value) in part {
            match (name.as_str(), value) {
                ("$and" | "$or", Value::Array(parts)) => {
                    parts.iter_mut().for_each(|part| self.in_part(part, fields));
                }
                ("$not", part) => self.in_part(part, fields),
                (name, value)
                    if fields.iter().any(|field| field.path == name && field.kind == Kind::Date) =>
                {
                    self.in_test(value);
                }
                _ => {}
            }
        }
    }

    fn in_test(&self, value: &mut Value) {
        match value {
            Value::Object(tests) => tests.values_mut().for_each(|value| self.in_test(value)),
            Value::Array(values) => values.iter_mut().for_each(|value| self.in_test(value)),
            Value::String(text) => {
                if text.len() == "2026-01-31".len()
                    && let Some(begins) = text.parse().ok().and_then(|day| self.midnight(day))
                {
                    *text = begins.to_iso();
                }
            }
            _ => {}
        }
    }
}

/// `+hh`, `+hhmm` and `+hh:mm`.
fn offset_seconds(text: &str) -> Option<i32> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = match text.get(1..)? {
        rest if rest.len() == 5 && rest.as_bytes().get(2) == Some(&b':') => rest.replacen(':', "", 1),
        rest if rest.len() == 2 => format!("{rest}00"),
        rest => rest.to_owned(),
    };
    if digits.len() != 4 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    let (hours, minutes) = (number / 100, number % 100);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3_600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(zone: &str, moment: &str, interval: Interval) -> String {
        let moment = Timestamp::parse(moment).unwrap();
        Zone::named(zone).unwrap().start(moment, interval).to_iso()
    }

    #[test]
    fn l10_intervals_begin_where_the_zones_calendar_says() {
        for (zone, moment, interval, begins) in [
            ("UTC", "2026-05-06T07:08:09.123Z", Interval::Year, "2026-01-01T00:00:00.000Z"),
            ("UTC", "2026-05-06T07:08:09.123Z", Interval::Month, "2026-05-01T00:00:00.000Z"),
            ("UTC", "2026-05-06T07:08:09.123Z", Interval::Week, "2026-05-04T00:00:00.000Z"),
            ("UTC", "2026-05-06T07:08:09.123Z", Interval::Day, "2026-05-06T00:00:00.000Z"),
            ("UTC", "2026-05-06T07:08:09.123Z", Interval::Hour, "2026-05-06T07:00:00.000Z"),
            ("UTC", "2026-05-06T07:08:09.123Z", Interval::Minute, "2026-05-06T07:08:00.000Z"),
            ("UTC", "2026-05-06T07:08:09.123Z", Interval::Second, "2026-05-06T07:08:09.000Z"),
            // A Monday is the first day of its week, a Sunday the last.
            ("UTC", "2026-05-04T00:00:00Z", Interval::Week, "2026-05-04T00:00:00.000Z"),
            ("UTC", "2026-05-10T23:59:59Z", Interval::Week, "2026-05-04T00:00:00.000Z"),
            // The new year comes earlier to Auckland and later to New York.
            ("Pacific/Auckland", "2025-12-31T11:00:00Z", Interval::Year, "2025-12-31T11:00:00.000Z"),
            ("America/New_York", "2026-01-01T04:59:59Z", Interval::Year, "2025-01-01T05:00:00.000Z"),
            // Days of 23 and of 25 hours.
            ("Europe/Paris", "2026-03-29T21:59:59Z", Interval::Day, "2026-03-28T23:00:00.000Z"),
            ("Europe/Paris", "2026-03-29T22:00:00Z", Interval::Day, "2026-03-29T22:00:00.000Z"),
            ("Europe/Paris", "2026-10-25T22:59:59Z", Interval::Day, "2026-10-24T22:00:00.000Z"),
            // The hour from two to three stands twice in that night, and is two intervals.
            ("Europe/Paris", "2026-10-25T00:30:00Z", Interval::Hour, "2026-10-25T00:00:00.000Z"),
            ("Europe/Paris", "2026-10-25T01:30:00Z", Interval::Hour, "2026-10-25T01:00:00.000Z"),
            // A zone that is half an hour off.
            ("Asia/Kolkata", "2026-05-06T07:08:09Z", Interval::Hour, "2026-05-06T06:30:00.000Z"),
            ("+05:30", "2026-05-06T07:08:09Z", Interval::Day, "2026-05-05T18:30:00.000Z"),
            ("-03", "2026-05-06T02:00:00Z", Interval::Day, "2026-05-05T03:00:00.000Z"),
            // Midnight does not exist on that day of Beirut: it begins at one.
            ("Asia/Beirut", "2026-03-29T10:00:00Z", Interval::Day, "2026-03-28T22:00:00.000Z"),
            ("Z", "9999-12-31T23:59:59.999Z", Interval::Hour, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(start(zone, moment, interval), begins, "{zone} {moment} {interval:?}");
        }
    }

    #[test]
    fn l10_a_bare_date_of_a_filter_is_the_zones_own_day() {
        use loyalty_contract::fields::ACCOUNTS_SEARCH;
        use serde_json::json;

        let zone = Zone::named("Europe/Paris").unwrap();
        let asked = json!({
            "updatedDate": "2026-07-01",
            "$and": [{"lastActivityDate": {"$gte": "2026-03-29", "$lt": "2026-03-30T00:00:00Z"}}],
            "$or": [{"$not": {"updatedDate": {"$in": ["2026-01-01", null]}}}, {"contact.name": "2026-01-01"}],
        });
        let meant = json!({
            "updatedDate": "2026-06-30T22:00:00.000Z",
            "$and": [{"lastActivityDate": {"$gte": "2026-03-28T23:00:00.000Z", "$lt": "2026-03-30T00:00:00Z"}}],
            "$or": [{"$not": {"updatedDate": {"$in": ["2025-12-31T23:00:00.000Z", null]}}}, {"contact.name": "2026-01-01"}],
        });
        assert_eq!(zone.in_filter(asked, ACCOUNTS_SEARCH), meant);
    }

    #[test]
    fn l10_what_is_no_zone_is_refused() {
        for bad in
            ["", "Mars/Olympus", "+24:00", "+1", "+01:60", "+aa:bb", "+0é:1", "02:00", "Europe/", "../UTC"]
        {
            assert!(Zone::named(bad).is_none(), "{bad}");
        }
        for good in ["UTC", "europe/paris", "America/Argentina/Buenos_Aires", "+0200", "Z"] {
            assert!(Zone::named(good).is_some(), "{good}");
        }
    }
}
