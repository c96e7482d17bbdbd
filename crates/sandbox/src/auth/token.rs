//! Access and refresh tokens, in the form that upstream's have: a prefix and a JWS.

use loyalty_contract::Timestamp;
use serde::{Deserialize, Serialize};

use super::seal::{Seal, decode, encode};
use crate::ids::Id;

/// What access tokens begin with.
pub(crate) const ACCESS_PREFIX: &str = "OauthNG.JWS.";
/// What refresh tokens begin with.
pub(crate) const REFRESH_PREFIX: &str = "JWS.";
/// How long an access token lives.
pub(crate) const LIFETIME_SECONDS: i64 = 4 * 3_600;

/// Who a token speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Somebody who is not signed in.
    Visitor(Id),
    /// A signed-in member.
    Member(Id),
    /// This instance of an app.
    App(Id),
}

#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(rename = "typ")]
    kind: String,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

/// The header of every token. A token with any other header has another seal and is refused.
const HEADER: &str = r#"{"alg":"HS256","kid":"sandbox"}"#;

/// Makes the token of a subject; without an end it lives as long as the seed.
#[must_use]
pub(crate) fn make(seal: &Seal, prefix: &str, subject: Subject, until: Option<Timestamp>) -> String {
    let (kind, id) = match subject {
        Subject::Visitor(id) => ("visitor", id),
        Subject::Member(id) => ("member", id),
        Subject::App(id) => ("app", id),
    };
    let claims = Claims { kind: kind.to_owned(), sub: id.to_string(), exp: until.map(|end| end.0 / 1_000) };
    let claims = serde_json::to_string(&claims).unwrap_or_default();
    let signed = format!("{prefix}{}.{}", encode(HEADER.as_bytes()), encode(claims.as_bytes()));
    // The prefix is sealed too, so a refresh token can't be dressed up as an access token.
    format!("{signed}.{}", seal.of(&signed))
}

/// Reads a token: `None` for one that is forged, of the other kind, or over.
#[must_use]
pub(crate) fn read(seal: &Seal, prefix: &str, token: &str, now: Timestamp) -> Option<Subject> {
    open(seal, prefix, token, now).map(|(subject, _)| subject)
}

/// The same, with the second at which the token ends, if it does.
#[must_use]
pub(crate) fn open(seal: &Seal, prefix: &str, token: &str, now: Timestamp) -> Option<(Subject, Option<i64>)> {
    let (signed, mark) = token.rsplit_once('.')?;
    if !seal.fits(signed, mark) {
        return None;
    }
    let (header, claims) = signed.strip_prefix(prefix)?.split_once('.')?;
    if decode(header)? != HEADER.as_bytes() {
        return None;
    }
    let claims: Claims = serde_json::from_slice(&decode(claims)?).ok()?;
    if claims.exp.is_some_and(|end| end.saturating_mul(1_000) <= now.0) {
        return None;
    }
    let id = Id::parse(&claims.sub)?;
    match claims.kind.as_str() {
        "visitor" => Some((Subject::Visitor(id), claims.exp)),
        "member" => Some((Subject::Member(id), claims.exp)),
        "app" => Some((Subject::App(id), claims.exp)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{IdKind, IdSource};

    #[test]
    fn a_token_is_read_until_it_ends_and_never_when_changed() {
        let (seal, now) = (Seal::new(1, "token"), Timestamp(1_000_000));
        let member = Subject::Member(IdSource::new(1).nth(IdKind::Member, 0));
        let token = make(&seal, ACCESS_PREFIX, member, Some(Timestamp(1_060_000)));
        assert!(token.starts_with("OauthNG.JWS.ey"), "{token}");
        assert_eq!(read(&seal, ACCESS_PREFIX, &token, now), Some(member));
        assert_eq!(read(&seal, ACCESS_PREFIX, &token, Timestamp(1_059_999)), Some(member));
        assert_eq!(read(&seal, ACCESS_PREFIX, &token, Timestamp(1_060_000)), None);
        assert_eq!(read(&Seal::new(2, "token"), ACCESS_PREFIX, &token, now), None);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(read(&seal, ACCESS_PREFIX, &changed, now), None, "{changed}");
        }
    }

    #[test]
    fn a_refresh_token_is_no_access_token() {
        let (seal, now) = (Seal::new(1, "token"), Timestamp(0));
        let visitor = Subject::Visitor(IdSource::new(1).nth(IdKind::Visitor, 0));
        let refresh = make(&seal, REFRESH_PREFIX, visitor, None);
        assert_eq!(read(&seal, REFRESH_PREFIX, &refresh, now), Some(visitor));
        assert_eq!(read(&seal, ACCESS_PREFIX, &refresh, now), None);
        assert_eq!(read(&seal, ACCESS_PREFIX, &format!("OauthNG.{refresh}"), now), None);
    }
}
