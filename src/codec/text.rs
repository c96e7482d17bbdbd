//! What stands inside tokens: escapes, integers, lengths; and the writing of JSON strings and numbers.

use super::Bytes;

/// The text that a string token stands for. Half a surrogate pair becomes U+FFFD, as in every encoder.
#[inline(never)]
pub(crate) fn unescape(token: &[u8]) -> Bytes {
    let mut out = Bytes::with_capacity(token.len());
    let mut rest = token.iter();
    // The first half of a pair that waits for its second.
    let mut high = 0;
    while let Some(&byte) = rest.next() {
        let mut byte = byte;
        if byte == b'\\' {
            byte = rest.next().copied().unwrap_or(0);
            if byte == b'u' {
                let mut code = 0;
                for digit in rest.by_ref().take(4) {
                    // Of a letter's byte, the lower half is its place in the alphabet: `a` is 1.
                    code = code * 16 + u32::from(digit & 15) + if *digit > b'9' { 9 } else { 0 };
                }
                if high != 0 && code & 0xfc00 == 0xdc00 {
                    // The lone half that stands there already has the length of three bytes.
                    out.truncate(out.len() - 3);
                    code = 0x10000 + ((high & 0x3ff) << 10) + (code & 0x3ff);
                }
                high = if code & 0xffff_fc00 == 0xd800 { code } else { 0 };
                put_letter(&mut out, code);
                continue;
            }
            let at = b"bfnrt".iter().position(|letter| *letter == byte);
            byte = at.and_then(|at| b"\x08\x0c\n\r\t".get(at)).copied().unwrap_or(byte);
        }
        high = 0;
        out.push(byte);
    }
    out
}

/// Writes a code point as UTF-8; half a surrogate pair as U+FFFD.
fn put_letter(out: &mut Bytes, code: u32) {
    let code = if code & 0xffff_f800 == 0xd800 { 0xfffd } else { code };
    if code < 0x80 {
        return out.push(code as u8);
    }
    let (first, mut shift) = match code {
        0..0x800 => (0xc0, 6),
        0x800..0x1_0000 => (0xe0, 12),
        _ => (0xf0, 18),
    };
    out.push(first | (code >> shift) as u8);
    while shift > 0 {
        shift -= 6;
        out.push(0x80 | (code >> shift & 0x3f) as u8);
    }
}

/// The text that a token stands for, without a copy where nothing is escaped.
#[inline(never)]
pub(crate) fn plain<'x>(token: &'x [u8], room: &'x mut Bytes) -> &'x [u8] {
    // Not `contains`, which brings half a kilobyte of search.
    #[allow(clippy::manual_contains, reason = "as above")]
    let escaped = token.iter().any(|byte| *byte == b'\\');
    if escaped {
        *room = unescape(token);
        room
    } else {
        token
    }
}

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

/// The piece of that number of a list whose pieces each have a `|` behind them; empty behind the last. A list of
/// slices would cost eight bytes more for each.
#[inline(never)]
pub(crate) fn piece(list: &'static [u8], number: usize) -> &'static [u8] {
    let (mut start, mut left) = (0, number);
    for (at, byte) in list.iter().enumerate() {
        if *byte == b'|' {
            if left == 0 {
                return list.get(start..at).unwrap_or_default();
            }
            left -= 1;
            start = at + 1;
        }
    }
    b""
}

/// The number of a piece of such a list; `usize::MAX` where it isn't there.
#[inline(never)]
pub(crate) fn place_in(list: &'static [u8], word: &[u8]) -> usize {
    let mut number = 0;
    loop {
        let one = piece(list, number);
        if one.is_empty() {
            return usize::MAX;
        }
        if one == word {
            return number;
        }
        number += 1;
    }
}

/// The number of characters (code points) of UTF-8 text.
pub(crate) fn characters(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
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

/// Writes an integer in decimal.
#[inline(never)]
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
            (r"\ud83d\ud83d\ude00\ude00", "\u{fffd}😀\u{fffd}"),
        ] {
            assert_eq!(plain(written.as_bytes(), &mut Vec::new()), text.as_bytes(), "{written}");
        }
    }

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
