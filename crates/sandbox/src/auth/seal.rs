//! Seals: text that only this sandbox can have written. Tokens and cursors are sealed, so neither can be forged.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

/// A key of the sandbox. Made from the seed, so that a restarted sandbox knows the tokens of the one before.
#[derive(Clone)]
pub(crate) struct Seal {
    key: [u8; 32],
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Seal")
    }
}

impl Seal {
    /// The key of a seed for one purpose: a token's seal is no cursor's.
    #[must_use]
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"loyalty-edge sandbox seal\n");
        hash.update(seed.to_be_bytes());
        hash.update(purpose.as_bytes());
        Self { key: hash.finalize().into() }
    }

    /// 24 letters and digits that nobody guesses who doesn't know the seed.
    #[must_use]
    pub(crate) fn secret(&self) -> String {
        encode(&self.key).chars().filter(char::is_ascii_alphanumeric).take(24).collect()
    }

    fn mac(&self, text: &str) -> Option<Hmac<Sha256>> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.key).ok()?;
        mac.update(text.as_bytes());
        Some(mac)
    }

    /// The seal of a text.
    #[must_use]
    pub(crate) fn of(&self, text: &str) -> String {
        self.mac(text).map(|mac| encode(&mac.finalize().into_bytes())).unwrap_or_default()
    }

    /// Whether a seal is the text's, compared in constant time.
    #[must_use]
    pub(crate) fn fits(&self, text: &str, seal: &str) -> bool {
        match (self.mac(text), decode(seal)) {
            (Some(mac), Some(bytes)) => mac.verify_slice(&bytes).is_ok(),
            _ => false,
        }
    }
}

/// Base64url without padding.
#[must_use]
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads base64url without padding; only the canonical form.
#[must_use]
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_fits_its_text_its_key_and_its_purpose_only() {
        let seal = Seal::new(1, "cursor");
        let made = seal.of("text");
        assert!(seal.fits("text", &made));
        assert!(!seal.fits("texT", &made));
        assert!(!seal.fits("text", ""));
        assert!(!seal.fits("text", &made[..made.len() - 2]));
        assert!(!Seal::new(2, "cursor").fits("text", &made));
        assert!(!Seal::new(1, "token").fits("text", &made));
        assert_eq!(format!("{seal:?}"), "Seal");
    }
}
