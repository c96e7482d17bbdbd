//! Looks at single values of an answer, without a tree of the rest.

use serde_json::Value;
use std::borrow::Cow;

/// A value of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Look<'a> {
    /// The text from its first byte on, and more may follow: most looks end long before. It was scanned, so that each
    /// name stands once in its object, and as it means.
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
                let mut members = Steps::into(text, b'{')?;
                loop {
                    let key = members.begins()?;
                    let end = behind_text(text.as_bytes(), key)?;
                    let is_it = text.get(key + 1..end - 1) == Some(name);
                    members.at = end;
                    let value = members.begins()?;
                    if is_it {
                        return text.get(value..).map(Self::Text);
                    }
                    members.at = behind(text.as_bytes(), value)?;
                }
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
            Self::Text(text) if text.starts_with('"') => {
                let end = behind_text(text.as_bytes(), 0)?;
                let inner = text.get(1..end - 1)?;
                if inner.contains('\\') {
                    serde_json::from_str(text.get(..end)?).ok()
                } else {
                    Some(Cow::Borrowed(inner))
                }
            }
            Self::Text(_) => None,
        }
    }

    /// Its own tree.
    pub(crate) fn value(self) -> Value {
        match self {
            Self::Tree(value) => value.clone(),
            Self::Text(text) => {
                let own = behind(text.as_bytes(), 0).and_then(|end| text.get(..end));
                own.and_then(|own| serde_json::from_str(own).ok()).unwrap_or_default()
            }
        }
    }
}

/// A walk from one value of an object or a list to the next, an object's names among them.
struct Steps<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Steps<'a> {
    fn into(text: &'a str, begins: u8) -> Option<Self> {
        (text.as_bytes().first() == Some(&begins)).then_some(Self { text, at: 1 })
    }

    /// Where the next value begins. `None` at the end.
    fn begins(&mut self) -> Option<usize> {
        loop {
            match *self.text.as_bytes().get(self.at)? {
                b' ' | b'\n' | b'\r' | b'\t' | b',' | b':' => self.at += 1,
                b'}' | b']' => return None,
                _ => return Some(self.at),
            }
        }
    }
}

impl<'a> Iterator for Steps<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let from = self.begins()?;
        self.at = behind(self.text.as_bytes(), from)?;
        self.text.get(from..)
    }
}

/// The place behind the value that begins at `at`.
fn behind(text: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match text.get(at) {
            Some(b'"') => at = behind_text(text, at)?,
            Some(b'{' | b'[') => {
                depth += 1;
                at += 1;
            }
            Some(b'}' | b']') if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            // A number or a word ends where something else begins.
            None | Some(b'}' | b']' | b',' | b' ' | b'\n' | b'\r' | b'\t') if depth == 0 => return Some(at),
            Some(_) => {
                at += 1;
                continue;
            }
            None => return None,
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The place behind the text whose first quotation mark stands at `at`.
fn behind_text(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += 1;
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 1,
            _ => {}
        }
    }
}
