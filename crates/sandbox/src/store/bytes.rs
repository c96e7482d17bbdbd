//! Numbers and texts as few bytes.

/// Writes a row.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// A number, small ones in fewer bytes: seven bits a byte, the eighth says that there are more.
    pub(crate) fn number(&mut self, mut number: u64) -> &mut Self {
        while number >= 0x80 {
            self.bytes.push((number as u8) | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
        self
    }

    /// A number of either sign, small ones in fewer bytes.
    pub(crate) fn signed(&mut self, number: i64) -> &mut Self {
        self.number((number << 1 ^ number >> 63).cast_unsigned())
    }

    /// Text.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.number(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    /// Text that may be missing.
    pub(crate) fn maybe(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            None => self.number(0),
            Some(text) => self.number(1).text(text),
        }
    }

    /// A slot that may be missing.
    pub(crate) fn slot(&mut self, slot: Option<u32>) -> &mut Self {
        self.number(slot.map_or(0, |slot| u64::from(slot) + 1))
    }

    /// What was written.
    #[must_use]
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads a row. `None` where the bytes are not what a [`Writer`] wrote.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads these bytes.
    #[must_use]
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// A number.
    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A number that fits a smaller type.
    pub(crate) fn small<T: TryFrom<u64>>(&mut self) -> Option<T> {
        T::try_from(self.number()?).ok()
    }

    /// A number of either sign.
    pub(crate) fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// Text.
    pub(crate) fn text(&mut self) -> Option<&'a str> {
        let length = self.small()?;
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        std::str::from_utf8(text).ok()
    }

    /// Text that may be missing.
    pub(crate) fn maybe(&mut self) -> Option<Option<&'a str>> {
        match self.number()? {
            0 => Some(None),
            1 => self.text().map(Some),
            _ => None,
        }
    }

    /// A slot that may be missing.
    pub(crate) fn maybe_slot(&mut self) -> Option<Option<u32>> {
        match self.number()? {
            0 => Some(None),
            number => u32::try_from(number - 1).ok().map(Some),
        }
    }

    /// Whether all was read.
    #[must_use]
    pub(crate) const fn is_done(&self) -> bool {
        self.bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_and_nothing_makes_it_panic(
            numbers in prop::collection::vec((any::<u64>(), any::<i64>(), 0_u64..300), 0..5),
            texts in prop::collection::vec(prop::option::of(".{0,200}"), 0..5),
            noise in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let mut writer = Writer::default();
            for (number, signed, small) in &numbers {
                writer.number(*number).signed(*signed).number(*small).slot(small.checked_sub(1).map(|slot| slot as u32));
            }
            for text in &texts {
                writer.maybe(text.as_deref());
            }
            let bytes = writer.into_bytes();
            let mut reader = Reader::new(&bytes);
            for (number, signed, small) in &numbers {
                prop_assert_eq!(reader.number(), Some(*number));
                prop_assert_eq!(reader.signed(), Some(*signed));
                prop_assert_eq!(reader.small::<u16>(), u16::try_from(*small).ok());
                prop_assert_eq!(reader.maybe_slot(), Some(small.checked_sub(1).map(|slot| slot as u32)));
            }
            for text in &texts {
                prop_assert_eq!(reader.maybe(), Some(text.as_deref()));
            }
            prop_assert!(reader.is_done());
            let mut reader = Reader::new(&noise);
            while reader.maybe().is_some() {}
            let mut reader = Reader::new(&noise);
            while reader.signed().is_some() {}
        }
    }
}
