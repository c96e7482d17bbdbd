//! Numbers that a tree holds exactly as they are written.

/// As many digits as any 64-bit float holds exactly, and any power of ten that goes with them.
const MOST_DIGITS: usize = 15;

/// What a number may look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Digits only.
    Integer,
    /// Digits behind a point too.
    Decimal,
}

/// How many bytes of the text are the number that it begins with. `None` where it is none, or one that is read or
/// printed in another way than it is written: with an exponent, with many digits, minus nothing.
pub(super) fn length(text: &[u8], form: Form) -> Option<usize> {
    let sign = usize::from(text.first() == Some(&b'-'));
    let whole = digits(text, sign);
    let first = text.get(sign)?;
    if whole == 0 || (whole > 1 && *first == b'0') {
        return None;
    }
    let mut end = sign + whole;
    let mut count = whole;
    match text.get(end) {
        Some(b'.') if form == Form::Decimal => {
            let behind = digits(text, end + 1);
            if behind == 0 {
                return None;
            }
            count += behind;
            end += 1 + behind;
        }
        Some(b'.') => return None,
        _ if sign == 1 && *first == b'0' => return None,
        _ => {}
    }
    let goes_on = matches!(text.get(end), Some(b'e' | b'E'));
    (count <= MOST_DIGITS && !goes_on).then_some(end)
}

fn digits(text: &[u8], from: usize) -> usize {
    text.get(from..).map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_as_it_is_read() {
        for good in ["0", "7", "-7", "1250", "999999999999999"] {
            assert_eq!(length(format!("{good},").as_bytes(), Form::Integer), Some(good.len()), "{good}");
            assert_eq!(length(good.as_bytes(), Form::Decimal), Some(good.len()), "{good}");
        }
        for good in ["0.5", "-0.5", "12.50", "1.0"] {
            assert_eq!(length(good.as_bytes(), Form::Decimal), Some(good.len()), "{good}");
            assert_eq!(length(good.as_bytes(), Form::Integer), None, "{good}");
        }
        for odd in
            ["", "-", "01", "-0", ".5", "1.", "1e5", "1.5E3", "1000000000000000", "0.1234567890123456", "+1"]
        {
            assert_eq!(length(odd.as_bytes(), Form::Decimal), None, "{odd}");
        }
    }
}
