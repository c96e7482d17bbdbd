//! Looks at single values of an answer, without a tree of the rest.

use serde_json::Value;
use std::borrow::Cow;

/// A value of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Look<'a> {
    /// Its text, which was scanned: each name stands once in its object, and as it means.
    Text(&'a str),
    /// Its tree.
    Tree(&'a Value),
}

impl<'a> Look<'a> {
    /// The value behind a name, where this is an object that has it.
    pub(crate) fn get(self, name: &str) -> Option<Self> {
        match self {
            Self::Tree(value) => value.get(name).map(Self::Tree),
            Self::Text(text) => {
                let mut steps = Steps::into(text, b'{')?;
                while let Some(key) = steps.next() {
                    let value = steps.next()?;
                    let is_it = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')) == Some(name);
                    if is_it {
                        return Some(Self::Text(value));
                    }
                }
                None
            }
        }
    }

    /// The value at the end of a path of names.
    pub(crate) fn at(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |value, name| value.get(name))
    }

    /// The items, where this is a list.
    pub(crate) fn items(self) -> Option<Box<dyn Iterator<Item = Self> + 'a>> {
        Some(match self {
            Self::Tree(value) => Box::new(value.as_array()?.iter().map(Self::Tree)),
            Self::Text(text) => Box::new(Steps::into(text, b'[')?.map(Self::Text)),
        })
    }

    /// What it says, where it is text.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Tree(value) => value.as_str().map(Cow::Borrowed),
            Self::Text(text) => {
                let inner = text.strip_prefix('"')?.strip_suffix('"')?;
                if inner.contains('\\') {
                    serde_json::from_str(text).ok()
                } else {
                    Some(Cow::Borrowed(inner))
                }
            }
        }
    }

    /// Its own tree.
    pub(crate) fn value(self) -> Value {
        match self {
            Self::Tree(value) => value.clone(),
            Self::Text(text) => serde_json::from_str(text).unwrap_or_default(),
        }
    }
}

/// The values of an object or a list one after the other, an object's names among them.
struct Steps<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Steps<'a> {
    fn into(text: &'a str, begins: u8) -> Option<Self> {
        (text.as_bytes().first() == Some(&begins)).then_some(Self { text, at: 1 })
    }
}

impl<'a> Iterator for Steps<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at)?, b' ' | b'\n' | b'\r' | b'\t' | b',' | b':') {
            self.at += 1;
        }
        let from = self.at;
        let mut depth = 0_usize;
        loop {
            match *bytes.get(self.at)? {
                b'"' => self.at = behind_text(bytes, self.at)?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth == 0 => break,
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => break,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            if depth == 0 {
                break;
            }
        }
        self.text.get(from..self.at).filter(|text| !text.is_empty())
    }
}

/// The place behind the text whose first quotation mark stands at `at`.
fn behind_text(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += 1;
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 1,
            _ => {}
        }
    }
}
