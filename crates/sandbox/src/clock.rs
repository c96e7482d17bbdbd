//! The sandbox's own time: the real one shifted, or standing still. The real time comes with each request.

use loyalty_contract::Timestamp;

/// What time it is in the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// Runs with the real clock, this many milliseconds ahead of it.
    Running {
        /// How far ahead.
        ahead_ms: i64,
    },
    /// Stands still at this moment, so that every timestamp of a test is known.
    Standing {
        /// When.
        at: Timestamp,
    },
}

impl Clock {
    /// The sandbox's time at a moment of the real clock.
    #[must_use]
    pub(crate) fn now(self, real_ms: i64) -> Timestamp {
        match self {
            Self::Running { ahead_ms } => bounded(real_ms.saturating_add(ahead_ms)),
            Self::Standing { at } => at,
        }
    }

    /// The same kind of clock, showing another time.
    #[must_use]
    pub(crate) fn set(self, to: Timestamp, real_ms: i64) -> Self {
        match self {
            Self::Running { .. } => Self::Running { ahead_ms: to.0.saturating_sub(real_ms) },
            Self::Standing { .. } => Self::Standing { at: bounded(to.0) },
        }
    }

    /// The clock moved on, or back by a negative number.
    #[must_use]
    pub(crate) fn advance(self, by_ms: i64, real_ms: i64) -> Self {
        self.set(bounded(self.now(real_ms).0.saturating_add(by_ms)), real_ms)
    }

    /// Stops the clock where it is, or lets it run on from there.
    #[must_use]
    pub(crate) fn stand(self, still: bool, real_ms: i64) -> Self {
        let now = self.now(real_ms);
        if still {
            Self::Standing { at: now }
        } else {
            Self::Running { ahead_ms: now.0.saturating_sub(real_ms) }
        }
    }

    /// Whether the clock stands still.
    #[must_use]
    pub(crate) const fn is_still(self) -> bool {
        matches!(self, Self::Standing { .. })
    }
}

/// Kept within what a JavaScript `Date` can hold, so that a wild `advance` can't make timestamps nobody can read.
fn bounded(millis: i64) -> Timestamp {
    Timestamp(millis.clamp(0, 253_402_300_799_999))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_clock_follows_the_real_one() {
        let clock = Clock::Running { ahead_ms: 0 };
        assert_eq!(clock.now(1_000), Timestamp(1_000));
        let set = clock.set(Timestamp(50_000), 1_000);
        assert_eq!(set.now(1_000), Timestamp(50_000));
        assert_eq!(set.now(1_500), Timestamp(50_500));
        assert_eq!(set.advance(-500, 1_500).now(2_000), Timestamp(50_500));
    }

    #[test]
    fn a_standing_clock_moves_only_when_told() {
        let clock = Clock::Running { ahead_ms: 0 }.stand(true, 7_000);
        assert!(clock.is_still());
        assert_eq!(clock.now(9_000), Timestamp(7_000));
        assert_eq!(clock.advance(3, 9_000).now(10_000), Timestamp(7_003));
        let running = clock.stand(false, 9_000);
        assert!(!running.is_still());
        assert_eq!(running.now(9_100), Timestamp(7_100));
    }

    #[test]
    fn no_order_leaves_the_calendar() {
        let clock = Clock::Standing { at: Timestamp(0) };
        assert_eq!(clock.advance(i64::MAX, 0).now(0).to_iso(), "9999-12-31T23:59:59.999Z");
        assert_eq!(clock.advance(i64::MIN, 0).now(0), Timestamp(0));
        assert_eq!(Clock::Running { ahead_ms: i64::MAX }.now(i64::MAX).to_iso(), "9999-12-31T23:59:59.999Z");
    }
}
