//! What a host knows without waiting: a count in its own memory, an answer that it has kept. It tells so while the
//! exchange goes on, and the exchange need not stop for it.

use crate::effect::{Effect, Event};
use crate::twin::Twin;

/// Somebody who may answer effects at once. What it does not answer comes out as an effect, as it would without one.
pub trait Host {
    /// What the effect came to; `None` where it has to be carried out.
    fn at_once(&self, effect: &Effect) -> Option<Event>;

    /// Ends what the exchange is on the way to under this key, where nobody waits for it; then nothing need be shared.
    fn ends_alone(&self, key: &Twin<String>) -> bool;
}
