//! Escapes in JSON strings. The walker compares tokens as they stand, so whoever calls it sees to it that no letter is
//! written as an escape: a page by `JSON.stringify`, everyone else by [`canonical`].

use alloc::borrow::Cow;
use alloc::vec::Vec;

/// The same JSON, with no character written as `\uXXXX` that can stand for itself, and without the byte order mark that
/// whoever reads text drops, and whoever reads bytes does not.
pub(crate) fn canonical(bytes: &[u8]) -> Cow<'_, [u8]> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if !text.windows(2).any(|pair| pair == b"\\u") {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    // An escape beyond strings is none.
    let mut inside = false;
    while let Some(first) = rest.first() {
        let length = match (first, escaped(rest).filter(|_| inside)) {
            (b'\\', Some((code, length))) => {
                match code {
                    0x22 | 0x5c => out.extend([b'\\', code as u8]),
                    // What stays an escape.
                    0..0x20 | 0xd800..0xe000 => out.extend(rest.iter().take(length)),
                    _ => put_letter(&mut out, code),
                }
                length
            }
            // No JSON: what is mended in part could become some.
            (b'\\', None) if rest.starts_with(b"\\u") => return Cow::Borrowed(text),
            (b'\\', None) => {
                out.extend(rest.iter().take(2));
                2
            }
            _ => {
                inside ^= *first == b'"';
                out.push(*first);
                1
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    Cow::Owned(out)
}

/// The code point of the `\uXXXX` that comes first, or of the two that make a pair, and its length.
fn escaped(text: &[u8]) -> Option<(u32, usize)> {
    let one = |text: &[u8]| {
        let digits = text.strip_prefix(b"\\u")?.get(..4)?;
        let digits = core::str::from_utf8(digits).ok()?;
        if digits.starts_with('+') { None } else { u32::from_str_radix(digits, 16).ok() }
    };
    let code = one(text)?;
    let low = text.get(6..).and_then(one).filter(|low| low & 0xfc00 == 0xdc00);
    Some(match low {
        Some(low) if code & 0xfc00 == 0xd800 => (0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff), 12),
        _ => (code, 6),
    })
}

/// The text that a string token stands for. Half a surrogate pair becomes U+FFFD, as in every encoder.
pub(crate) fn unescape(token: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(token.len());
    let mut rest = token;
    while let Some((&first, behind)) = rest.split_first() {
        if first != b'\\' {
            out.push(first);
            rest = behind;
        } else if let Some((code, length)) = escaped(rest) {
            put_letter(&mut out, code);
            rest = rest.get(length..).unwrap_or_default();
        } else {
            let byte = behind.first().copied().unwrap_or(0);
            let at = b"bfnrt".iter().position(|letter| *letter == byte);
            out.push(at.and_then(|at| b"\x08\x0c\n\r\t".get(at)).copied().unwrap_or(byte));
            rest = behind.get(1..).unwrap_or_default();
        }
    }
    out
}

/// Writes a code point as UTF-8; half a surrogate pair as U+FFFD.
fn put_letter(out: &mut Vec<u8>, code: u32) {
    let letter = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend(letter.encode_utf8(&mut [0; 4]).as_bytes());
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
            assert_eq!(unescape(written.as_bytes()), text.as_bytes(), "{written}");
        }
    }

    #[test]
    fn only_what_must_be_is_an_escape() {
        for (written, text) in [
            (r#"{"po\u0069nts":"\u0041\n\/"}"#, r#"{"points":"A\n\/"}"#),
            ("\u{feff}[\"\\u0031\"]", r#"["1"]"#),
            ("\u{feff}[]", "[]"),
            (r#"["\u0031\"\u0032"]"#, r#"["1\"2"]"#),
            (r#"["\u0031",\u0033]"#, r#"["\u0031",\u0033]"#),
            (r#"["\u0031\u0\u003063"]"#, r#"["\u0031\u0\u003063"]"#),
            (r#""\\u0041\u005c\u0022""#, r#""\\u0041\\\"""#),
            (r#""\u0000\u001f\ud800\udc00\ud800""#, "\"\\u0000\\u001f\u{10000}\\ud800\""),
            (r#""\u00zz\u+123\u12""#, r#""\u00zz\u+123\u12""#),
            (r#""\"#, r#""\"#),
        ] {
            assert_eq!(canonical(written.as_bytes()), text.as_bytes(), "{written}");
        }
    }
}
