//! The `Idempotency-Key` header (P30).

use crate::problem::Problem;

/// Reads the header: 1 to 128 of `[A-Za-z0-9_-]`, bare or as a quoted string.
///
/// `Ok(None)` where it is missing.
pub(crate) fn key(header: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(header) = header else { return Ok(None) };
    let text = header.trim();
    let bare = match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').unwrap_or(""),
        None => text,
    };
    let sound = (1..=128).contains(&bare.len())
        && bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if sound {
        Ok(Some(bare.to_owned()))
    } else {
        Err(Problem::argument(
            "Idempotency-Key",
            "FORMAT",
            "must be 1 to 128 of A-Z a-z 0-9 _ -, bare or quoted",
        ))
    }
}

/// The same, where there has to be one.
pub(crate) fn required(header: Option<&str>) -> Result<String, Problem> {
    key(header)?.ok_or_else(|| {
        Problem::argument(
            "Idempotency-Key",
            "REQUIRED",
            "is required: a key of your own that stays the same on a retry",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p30_forms_of_the_key() {
        assert_eq!(key(None).unwrap(), None);
        assert_eq!(key(Some("a-B_9")).unwrap().as_deref(), Some("a-B_9"));
        assert_eq!(key(Some(" \"a-B_9\" ")).unwrap().as_deref(), Some("a-B_9"));
        assert!(key(Some(&"x".repeat(128))).is_ok());
        for bad in ["", "\"\"", "\"a", "a\"", "a b", "a,b", "a/b", "é", &"x".repeat(129)] {
            assert!(key(Some(bad)).is_err(), "{bad}");
        }
        assert!(required(None).is_err());
    }
}
