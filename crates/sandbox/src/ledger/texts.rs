//! Texts that many rows share are kept once.

use std::collections::HashSet;
use std::sync::Arc;

/// How many texts are shared at most: beyond, they are hardly shared.
const MOST: usize = 10_000;

/// The shared texts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    shared: HashSet<Arc<str>>,
}

impl Texts {
    /// The text, shared with the rows that have the same.
    pub(crate) fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.shared.get(text) {
            return Arc::clone(known);
        }
        let made: Arc<str> = text.into();
        if self.shared.len() < MOST {
            self.shared.insert(Arc::clone(&made));
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_kept_once_and_only_so_many_are() {
        let mut texts = Texts::default();
        assert!(Arc::ptr_eq(&texts.share("a"), &texts.share("a")));
        for n in 0..2 * MOST {
            assert_eq!(&*texts.share(&n.to_string()), n.to_string());
        }
        assert_eq!(texts.shared.len(), MOST);
    }
}
