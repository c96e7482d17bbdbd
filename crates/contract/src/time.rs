//! Timestamps: milliseconds in memory, ISO-8601 on the wire. Calendar arithmetic without a clock.

use alloc::{format, string::String};

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Timestamp(pub i64);

/// The moments that a JavaScript `Date` can hold are within this many milliseconds of 1970.
pub const MAX_MILLIS: i64 = 8_640_000_000_000_000;

const DAY: i64 = 86_400_000;

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
#[must_use]
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
#[must_use]
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Days since 1970-01-01 of a date of the years 0 to 9999: [`days_from_civil`] in half the bits.
const fn days_of(year: i32, month: i32, day: i32) -> i32 {
    // The year begins in March, so that a leap day is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year + 399, month + 9) };
    let first = if month > 9 { 146_097 } else { 0 };
    year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469 - first
}

/// The number of days of a month.
#[must_use]
pub const fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Timestamp {
    /// Reads `2024-02-29T12:34:56.789Z`: seconds may be left out, a fraction may have 1 to 9 digits, the zone
    /// is `Z` or `±hh:mm`, and a bare date is midnight UTC. `None` for anything else, and for days that
    /// don't exist.
    #[must_use]
    pub fn parse(text: impl AsRef<[u8]>) -> Option<Self> {
        parse_bytes(text.as_ref()).map(Self)
    }

    /// The wire form: `2024-02-29T12:34:56.789Z`.
    #[must_use]
    pub fn to_iso(self) -> String {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY));
        let millis = self.0.rem_euclid(DAY);
        let year = match year {
            0..=9999 => format!("{year:04}"),
            year => format!("{}{:06}", if year < 0 { '-' } else { '+' }, year.abs()),
        };
        format!(
            "{year}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
            millis / 3_600_000,
            millis / 60_000 % 60,
            millis / 1_000 % 60,
            millis % 1_000
        )
    }

    /// The UTC day that holds this moment, in days since 1970-01-01.
    #[must_use]
    pub fn utc_day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// The same time of day some months on; the last day of the month where that day doesn't exist.
    #[must_use]
    pub fn plus_months(self, months: i64) -> Self {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY));
        let index = year * 12 + month - 1 + months;
        let (year, month) = (index.div_euclid(12), index.rem_euclid(12) + 1);
        let day = day.min(days_in_month(year as i32, month as i32).into());
        Self(days_from_civil(year, month, day) * DAY + self.0.rem_euclid(DAY))
    }
}

/// The longest text of a timestamp, `2024-02-29T12:34:56.123456789+01:00`, and room for what is looked at behind it.
const LONGEST: usize = 35;

/// The number of two digits. What is none is far below 0, so that its limits exclude it. One copy is enough for a page.
#[inline(never)]
fn two(text: &[u8; 64], at: usize) -> i32 {
    let digit = |at: usize| i32::from(text.get(at & 63).copied().unwrap_or(0).wrapping_sub(b'0'));
    let (tens, ones) = (digit(at), digit(at + 1));
    if tens > 9 || ones > 9 { -10_000 } else { tens * 10 + ones }
}

fn parse_bytes(bytes: &[u8]) -> Option<i64> {
    if bytes.len() > LONGEST {
        return None;
    }
    let mut text = [0; 64];
    for (to, from) in text.iter_mut().zip(bytes) {
        *to = *from;
    }
    let text = &text;
    let byte = |at: usize| text.get(at & 63).copied().unwrap_or(0);
    let (year, month, day) = (two(text, 0) * 100 + two(text, 2), two(text, 5), two(text, 8));
    let mut wrong = year < 0 || byte(4) != b'-' || byte(7) != b'-';
    let (mut minutes, mut millis) = (0, 0);
    let mut at = 10;
    if bytes.len() > 10 {
        let (hour, mut minute) = (two(text, 11), two(text, 14));
        wrong |=
            byte(10) != b'T' || byte(13) != b':' || !(0..24).contains(&hour) || !(0..60).contains(&minute);
        at = 16;
        if byte(16) == b':' {
            let second = two(text, 17);
            wrong |= !(0..60).contains(&second);
            millis = second * 1_000;
            at = 19;
            if byte(19) == b'.' {
                let mut worth = 100;
                at = 20;
                while at < 29 && byte(at).is_ascii_digit() {
                    millis += worth * i32::from(byte(at) - b'0');
                    worth /= 10;
                    at += 1;
                }
                wrong |= at == 20;
            }
        }
        let sign = byte(at);
        at += 1;
        if sign != b'Z' {
            let (away_hours, away) = (two(text, at), two(text, at + 3));
            wrong |= sign != b'+' && sign != b'-' || byte(at + 2) != b':';
            wrong |= !(0..24).contains(&away_hours) || !(0..60).contains(&away);
            let offset = away_hours * 60 + away;
            minute -= if sign == b'-' { -offset } else { offset };
            at += 5;
        }
        minutes = hour * 60 + minute;
    }
    wrong |= at != bytes.len() || !(1..=12).contains(&month) || day < 1;
    if wrong || day > days_in_month(year, month) {
        return None;
    }
    Some(i64::from(days_of(year, month, day)) * DAY + i64::from(minutes * 60_000 + millis))
}

impl crate::schema::Schema for Timestamp {
    const TYPE: crate::schema::Type = crate::schema::Type::Date;
}

#[cfg(feature = "typed")]
impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_iso())
    }
}

#[cfg(feature = "typed")]
impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(text.as_bytes()).ok_or_else(|| serde::de::Error::custom("not an ISO-8601 timestamp"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        let cases = [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2024-02-29T12:34:56.789Z", 1_709_210_096_789),
            ("1969-12-31T23:59:59.999Z", -1),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ];
        for (text, millis) in cases {
            assert_eq!(Timestamp::parse(text), Some(Timestamp(millis)), "{text}");
            assert_eq!(Timestamp(millis).to_iso(), text);
        }
        for (text, same) in [
            ("2024-02-29", "2024-02-29T00:00:00.000Z"),
            ("2024-02-29T10:00Z", "2024-02-29T10:00:00.000Z"),
            ("2024-02-29T10:00:00+02:00", "2024-02-29T08:00:00.000Z"),
            ("2024-02-29T10:00:00.123456789Z", "2024-02-29T10:00:00.123Z"),
            ("2024-02-29T10:00:00.5Z", "2024-02-29T10:00:00.500Z"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_iso(), same, "{text}");
        }
    }

    #[test]
    fn both_calendars_agree() {
        for year in 0..10_000 {
            for month in 1..=12 {
                let days = days_from_civil(year.into(), month.into(), 1);
                assert_eq!(i64::from(days_of(year, month, 1)), days, "{year}-{month}");
            }
        }
    }

    #[test]
    fn refuses() {
        for bad in [
            "",
            "2024",
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-01-01T24:00:00Z",
            "2024-01-01T10:00:00",
            "2024-01-01T10:00:00.Z",
            "2024-01-01t10:00:00Z",
            "2024-01-01T10:00:60Z",
            "2024-01-01T10:00:00+0200",
            "12.Z",
        ] {
            assert_eq!(Timestamp::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn months_end_where_the_month_ends() {
        for (from, months, to) in [
            ("2024-01-31", 1, "2024-02-29"),
            ("2023-01-31", 1, "2023-02-28"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2024-03-31", -1, "2024-02-29"),
            ("2024-12-15", 1, "2025-01-15"),
        ] {
            let moved = Timestamp::parse(from).unwrap().plus_months(months);
            assert_eq!(moved, Timestamp::parse(to).unwrap(), "{from} {months}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_survives_the_round_trip() {
        for days in -200_000..200_000 {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }
}
