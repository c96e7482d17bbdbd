//! So many calls a minute per credential, by the sandbox's clock. Off unless asked for.

use std::collections::HashMap;

use loyalty_contract::Timestamp;

const MINUTE: i64 = 60_000;

/// The calls of the current minute.
#[derive(Debug, Clone, Default)]
pub(crate) struct Throttle {
    minute: i64,
    calls: HashMap<String, u32>,
}

impl Throttle {
    /// Counts a call. Says how many seconds to wait where it is one too many.
    ///
    /// # Errors
    /// The seconds that are left of the minute.
    pub(crate) fn count(&mut self, credential: &str, most: u32, now: Timestamp) -> Result<(), i64> {
        let minute = now.0.div_euclid(MINUTE);
        if minute != self.minute {
            self.minute = minute;
            self.calls.clear();
        }
        let calls = self.calls.entry(credential.to_owned()).or_default();
        if *calls >= most {
            return Err((MINUTE - now.0.rem_euclid(MINUTE) + 999) / 1_000);
        }
        *calls += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_credential_has_its_own_minute() {
        let mut throttle = Throttle::default();
        for _ in 0..2 {
            assert_eq!(throttle.count("a", 2, Timestamp(120_500)), Ok(()));
        }
        assert_eq!(throttle.count("a", 2, Timestamp(150_500)), Err(30));
        assert_eq!(throttle.count("b", 2, Timestamp(150_500)), Ok(()));
        assert_eq!(throttle.count("a", 2, Timestamp(180_000)), Ok(()));
    }
}
