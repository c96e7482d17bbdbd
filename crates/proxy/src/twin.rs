//! What the host keeps in a form of its own: it crosses the border once, and not with each request.

use serde::{Serialize, Serializer};
use std::any::Any;
use std::cell::OnceCell;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// A value and what the host made of it. Clones are the same one.
pub struct Twin<T>(Rc<Pair<T>>);

struct Pair<T> {
    ours: T,
    theirs: OnceCell<Box<dyn Any>>,
}

impl<T> Twin<T> {
    /// A value that the host has not seen yet.
    pub fn new(ours: T) -> Self {
        Self(Rc::new(Pair { ours, theirs: OnceCell::new() }))
    }

    /// The host's form of it, made the first time. `None` where it was made as another type.
    pub fn theirs<H: Any>(&self, make: impl FnOnce(&T) -> H) -> Option<&H> {
        self.0.theirs.get_or_init(|| Box::new(make(&self.0.ours))).downcast_ref()
    }
}

impl<T> Clone for Twin<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Deref for Twin<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.ours
    }
}

impl<T: PartialEq> PartialEq for Twin<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.ours == other.0.ours
    }
}

impl<T: fmt::Debug> fmt::Debug for Twin<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.ours.fmt(out)
    }
}

impl<T: Serialize> Serialize for Twin<T> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.0.ours.serialize(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_form_is_made_once_for_all_clones() {
        let twin = Twin::new("text".to_owned());
        let copy = twin.clone();
        assert_eq!(twin.theirs(|text| text.len()), Some(&4));
        assert_eq!(copy.theirs(|_| 0_usize), Some(&4), "made already");
        assert_eq!(copy.theirs(|_| "other"), None, "as another type");
        assert_eq!(Twin::new("text".to_owned()), twin);
    }
}
