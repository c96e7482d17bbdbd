//! JSON text, read by places. A page's module has a kind of its own, whose places are addresses.

/// Text with an end. Reading there gives 0, which no JSON has.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    #[allow(clippy::unused_self, reason = "a page's text begins elsewhere")]
    pub(crate) const fn start(self) -> usize {
        0
    }

    pub(crate) const fn end(self) -> usize {
        self.0.len()
    }

    pub(crate) fn byte(self, at: usize) -> u8 {
        self.0.get(at).copied().unwrap_or(0)
    }

    /// Eight bytes at once, where there are so many.
    pub(crate) fn word(self, at: usize) -> Option<u64> {
        self.0.get(at..).and_then(|rest| rest.first_chunk()).map(|bytes| u64::from_le_bytes(*bytes))
    }

    pub(crate) fn between(self, from: usize, to: usize) -> &'a [u8] {
        self.0.get(from..to).unwrap_or_default()
    }

    /// Whether these bytes stand there.
    pub(crate) fn has(self, at: usize, bytes: &[u8]) -> bool {
        self.0.get(at..).is_some_and(|rest| rest.starts_with(bytes))
    }
}
