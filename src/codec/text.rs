//! What stands inside tokens: integers, lengths; and the writing of JSON strings and numbers.

use super::Bytes;

/// Writes bytes. One copy of the code that makes room, however many places write.
#[inline(never)]
pub(crate) fn put(out: &mut Bytes, bytes: &[u8]) {
    out.extend_from_slice(bytes);
}

/// Writes bytes in quotes.
#[inline(never)]
pub(crate) fn put_quoted(out: &mut Bytes, bytes: &[u8]) {
    out.push(b'"');
    put(out, bytes);
    out.push(b'"');
}

/// The number of characters (code points) of the inside of a string token.
pub(crate) fn characters(token: &[u8]) -> usize {
    let (mut at, mut count) = (0, 0);
    while let Some(byte) = token.get(at) {
        if *byte == b'\\' {
            at += if token.get(at + 1) == Some(&b'u') { 6 } else { 2 };
            count += 1;
        } else {
            at += 1;
            count += usize::from(*byte & 0xc0 != 0x80);
        }
    }
    count
}

/// The first integer that JavaScript doesn't hold exactly. Stands for all that are greater; its negative for all
/// that are smaller.
pub(crate) const HUGE: i64 = 1 << 53;
/// Stands for a number with a fraction.
pub(crate) const NO_INTEGER: i64 = i64::MIN;

/// Reads a number token as an integer, in any of JSON's notations: `5`, `5.0`, `0.5e1`.
#[inline(never)]
pub(crate) fn integer(token: &[u8]) -> i64 {
    let (mut value, mut exponent, mut power) = (0_i64, 0_i32, 0_i32);
    let (mut fraction, mut sign) = (0, 0);
    let mut negative = false;
    for byte in token {
        match byte {
            b'-' if sign == 0 => negative = true,
            b'-' => sign = -1,
            b'+' => {}
            b'.' => fraction = 1,
            b'e' | b'E' => sign = 1,
            digit if sign != 0 => power = (power * 10 + i32::from(digit & 15)).min(100_000),
            digit if value < HUGE * 100 => {
                value = value * 10 + i64::from(digit & 15);
                exponent -= fraction;
            }
            // Digits that no number of JavaScript has room for.
            _ => exponent += 1 - fraction,
        }
    }
    exponent += sign * power;
    while exponent < 0 && value % 10 == 0 && value != 0 {
        value /= 10;
        exponent += 1;
    }
    while exponent > 0 && value < HUGE {
        value *= 10;
        exponent -= 1;
        if value == 0 {
            break;
        }
    }
    if exponent < 0 && value != 0 {
        return NO_INTEGER;
    }
    let value = value.min(HUGE);
    if negative { -value } else { value }
}

/// Writes an integer in decimal. It has 18 digits at most.
#[inline(never)]
pub(crate) fn push_integer(out: &mut Bytes, number: i64) {
    const HALF: u64 = 1_000_000_000;
    let all = number.unsigned_abs();
    let mut digits = [0; 19];
    // Numbers of 32 bits are divided several times as fast.
    let (mut low, mut high) = ((all % HALF) as u32, (all / HALF) as u32);
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        if used == 9 {
            (low, high) = (high, 0);
        }
        // The remainder is below 10.
        *digit = b'0' + (low % 10) as u8;
        low /= 10;
        used += 1;
        if low == 0 && high == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    put(out, digits.get(19 - used..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_in_every_notation() {
        const NO: i64 = NO_INTEGER;
        for (token, number) in [
            ("0", 0),
            ("-0", 0),
            ("5", 5),
            ("-12", -12),
            ("5.0", 5),
            ("5.00000000000000000000000000000000", 5),
            ("5.5", NO),
            ("0.5e1", 5),
            ("50e-1", 5),
            ("5e-1", NO),
            ("1e3", 1000),
            ("1E+3", 1000),
            ("0e99999999999", 0),
            ("9007199254740991", 9_007_199_254_740_991),
            ("-9007199254740991", -9_007_199_254_740_991),
            ("9007199254740992", HUGE),
            ("-9007199254740992", -HUGE),
            ("99999999999999999999999999", HUGE),
            ("1e300", HUGE),
            ("-1e99999999999", -HUGE),
            ("1e-300", NO),
            ("100000000000000000000000e-20", 1000),
        ] {
            assert_eq!(integer(token.as_bytes()), number, "{token}");
        }
    }

    #[test]
    fn written_integers() {
        for number in
            [0, 7, -7, 10, 1_000_000_000, -1_709_210_096_789, 1_000_000_000_000_000, 999_999_999_999_999_999]
        {
            let mut out = Vec::new();
            push_integer(&mut out, number);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
    }

    #[test]
    fn characters_are_code_points() {
        for (text, count) in
            [("", 0), ("abc", 3), ("é", 1), ("😀é", 2), (r#"\n\\\"x"#, 4), (r"\u001fu\ud800", 3), (r"\", 1)]
        {
            assert_eq!(characters(text.as_bytes()), count, "{text}");
        }
    }
}
