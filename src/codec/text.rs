//! What stands inside tokens: escapes, integers, lengths; and the writing of JSON strings and numbers.

use super::Bytes;
use super::scan::Raw;

fn hex(digits: &[u8]) -> u32 {
    // Of a letter's byte, the lower half is its place in the alphabet: `a` is 1.
    digits.iter().fold(0, |sum, digit| sum * 16 + u32::from(digit & 15) + if *digit > b'9' { 9 } else { 0 })
}

/// The text that a string token stands for. Half a surrogate pair becomes U+FFFD, as in every encoder.
#[inline(never)]
pub(crate) fn unescape(raw: Raw<'_>) -> Bytes {
    let mut out = Bytes::with_capacity(raw.bytes.len());
    let mut rest = raw.bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some((&escape, tail)) = rest.split_first() else { break };
        rest = tail;
        match escape {
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => {
                let Some((digits, tail)) = rest.split_at_checked(4) else { break };
                rest = tail;
                let mut code = hex(digits);
                if (0xd800..0xdc00).contains(&code)
                    && let Some((low, tail)) = rest.split_at_checked(6)
                    && low.starts_with(b"\\u")
                    && let low @ 0xdc00..0xe000 = hex(low.get(2..).unwrap_or_default())
                {
                    rest = tail;
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                put_letter(&mut out, code);
            }
            plain => out.push(plain),
        }
    }
    out
}

/// Writes a code point as UTF-8; half a surrogate pair as U+FFFD.
fn put_letter(out: &mut Bytes, code: u32) {
    let code = if (0xd800..0xe000).contains(&code) { 0xfffd } else { code };
    let six = |shift: u32| 0x80 | (code >> shift & 0x3f) as u8;
    let (first, length) = match code {
        0..0x80 => (code as u8, 1),
        0x80..0x800 => (0xc0 | (code >> 6) as u8, 2),
        0x800..0x1_0000 => (0xe0 | (code >> 12) as u8, 3),
        _ => (0xf0 | (code >> 18) as u8, 4),
    };
    out.push(first);
    for left in (0..length - 1).rev() {
        out.push(six(6 * left));
    }
}

/// The text that a token stands for, without a copy where nothing is escaped.
#[inline]
pub(crate) fn plain<'x>(raw: Raw<'x>, room: &'x mut Bytes) -> &'x [u8] {
    if raw.escaped {
        *room = unescape(raw);
        room
    } else {
        raw.bytes
    }
}

/// Writes bytes. One copy of the code that makes room, however many places write.
#[inline(never)]
pub(crate) fn put(out: &mut Bytes, bytes: &[u8]) {
    out.extend_from_slice(bytes);
}

/// The number of characters (code points) of UTF-8 text.
pub(crate) fn characters(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// The greatest integer that JavaScript holds exactly.
const MAX_SAFE: i64 = 9_007_199_254_740_991;

/// What a number token is among the integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Integer {
    /// One that JavaScript holds exactly.
    Safe(i64),
    /// One that it doesn't, and whether it is negative.
    Huge(bool),
    /// None: it has a fraction.
    No,
}

/// Reads a number token as an integer, in any of JSON's notations: `5`, `5.0`, `0.5e1`.
pub(crate) fn integer(token: &[u8]) -> Integer {
    let (negative, digits) = match token.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, token),
    };
    let mut value = 0_i64;
    for (at, byte) in digits.iter().enumerate() {
        if at > 15 || !byte.is_ascii_digit() {
            return rare_integer(negative, digits);
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    signed(negative, value)
}

fn signed(negative: bool, value: i64) -> Integer {
    match value {
        0..=MAX_SAFE => Integer::Safe(if negative { -value } else { value }),
        _ => Integer::Huge(negative),
    }
}

/// The same for long numbers, fractions and exponents: digits that matter, and a power of ten.
#[cold]
fn rare_integer(negative: bool, digits: &[u8]) -> Integer {
    const TEN_FITS: i64 = i64::MAX / 10 - 1;
    let (mut value, mut exponent, mut fraction) = (0_i64, 0_i32, false);
    let mut rest = digits.iter();
    for byte in rest.by_ref() {
        match byte {
            b'.' => fraction = true,
            b'e' | b'E' => break,
            digit => {
                let digit = i64::from(digit - b'0');
                if value < TEN_FITS {
                    value = value * 10 + digit;
                    exponent -= i32::from(fraction);
                } else if !fraction {
                    exponent += 1;
                } else if digit != 0 {
                    return Integer::No;
                }
            }
        }
    }
    let power = rest.as_slice();
    let (sign, power) = match power.split_first() {
        Some((b'-', rest)) => (-1, rest),
        Some((b'+', rest)) => (1, rest),
        _ => (1, power),
    };
    let power = power.iter().fold(0_i32, |sum, digit| (sum * 10 + i32::from(digit - b'0')).min(100_000));
    exponent = exponent.saturating_add(sign * power);
    if value == 0 {
        return Integer::Safe(0);
    }
    while exponent < 0 && value % 10 == 0 {
        value /= 10;
        exponent += 1;
    }
    while exponent > 0 && value < TEN_FITS {
        value *= 10;
        exponent -= 1;
    }
    match exponent {
        0 => signed(negative, value),
        1.. => Integer::Huge(negative),
        _ => Integer::No,
    }
}

/// Writes an integer in decimal.
pub(crate) fn push_integer(out: &mut Bytes, number: i64) {
    if number < 0 {
        out.push(b'-');
    }
    let mut digits = [0; 20];
    let mut rest = number.unsigned_abs();
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        // The remainder is below 10.
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    put(out, digits.get(20 - used..).unwrap_or_default());
}

/// The hexadecimal digit of the lower half of a byte.
pub(crate) const fn hex_digit(byte: u8) -> u8 {
    let half = byte & 15;
    half + if half < 10 { b'0' } else { b'A' - 10 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Raw<'_> {
        Raw { bytes: text.as_bytes(), escaped: text.contains('\\') }
    }

    #[test]
    fn escapes() {
        for (written, text) in [
            ("plain é", "plain é"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"po\u0069nts", "points"),
            (r"\u00e9\ud83d\ude00", "é😀"),
            (r"\ud83d", "\u{fffd}"),
            (r"\ud83dx\ude00", "\u{fffd}x\u{fffd}"),
            (r"\ud83d\u0041", "\u{fffd}A"),
        ] {
            assert_eq!(plain(raw(written), &mut Vec::new()), text.as_bytes(), "{written}");
        }
    }

    #[test]
    fn integers_in_every_notation() {
        use Integer::{Huge, No, Safe};
        for (token, number) in [
            ("0", Safe(0)),
            ("-0", Safe(0)),
            ("5", Safe(5)),
            ("-12", Safe(-12)),
            ("5.0", Safe(5)),
            ("5.00000000000000000000000000000000", Safe(5)),
            ("5.5", No),
            ("0.5e1", Safe(5)),
            ("50e-1", Safe(5)),
            ("5e-1", No),
            ("1e3", Safe(1000)),
            ("1E+3", Safe(1000)),
            ("0e99999999999", Safe(0)),
            ("9007199254740991", Safe(9_007_199_254_740_991)),
            ("-9007199254740991", Safe(-9_007_199_254_740_991)),
            ("9007199254740992", Huge(false)),
            ("-9007199254740992", Huge(true)),
            ("99999999999999999999999999", Huge(false)),
            ("1e300", Huge(false)),
            ("-1e99999999999", Huge(true)),
            ("1e-300", No),
            ("100000000000000000000000e-20", Safe(1000)),
        ] {
            assert_eq!(integer(token.as_bytes()), number, "{token}");
        }
    }

    #[test]
    fn written_integers() {
        for number in [0, 7, -7, 10, 1_709_210_096_789, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            push_integer(&mut out, number);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
    }

    #[test]
    fn characters_are_code_points() {
        for (text, count) in [("", 0), ("abc", 3), ("é", 1), ("😀é", 2)] {
            assert_eq!(characters(text.as_bytes()), count, "{text}");
        }
    }
}
