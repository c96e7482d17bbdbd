//! Inputs from inputs: changes of the parsed value, which keep it JSON, and of the text, which may not.

use super::oracle::Input;
use serde_json::{Map, Value, json};

/// xorshift64*: the same seed, the same run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() >> 11) as usize % end.max(1)
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

const NAMES: [&str; 16] = [
    "id",
    "_id",
    "createdDate",
    "_createdDate",
    "updatedDate",
    "amount",
    "accountId",
    "filter",
    "$and",
    "$in",
    "$eq",
    "points.balance",
    "contact._id",
    "idempotencyKey",
    "__proto__",
    "",
];

fn odd(random: &mut Random) -> Value {
    match random.below(24) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(0),
        3 => json!(-1),
        4 => json!(1.5),
        5 => json!(5.0),
        6 => json!(9_999_999),
        7 => json!(10_000_000),
        8 => json!(9_007_199_254_740_991_i64),
        9 => json!(9_007_199_254_740_992_i64),
        10 => json!(1e300),
        11 => json!("5"),
        12 => json!(""),
        13 => json!("NaN"),
        14 => json!("-Infinity"),
        15 => json!("2024-02-29T08:15:30.123Z"),
        16 => json!("2023-02-29"),
        17 => json!("2024-02-29T08:15+14:00"),
        18 => json!("553c79f3-5625-4f38-b14b-ef7c0d1e87df"),
        19 => json!([]),
        20 => json!({}),
        21 => json!("\u{0}bigint"),
        22 => json!("é\u{1f600}\"\\\n"),
        _ => json!("9223372036854775808"),
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// The value of that number, counted from the outside in.
fn place<'a>(value: &'a mut Value, number: &mut usize) -> Option<&'a mut Value> {
    if *number == 0 {
        return Some(value);
    }
    *number -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| place(item, number)),
        Value::Object(members) => members.values_mut().find_map(|item| place(item, number)),
        _ => None,
    }
}

fn change(value: &mut Value, other: &Value, random: &mut Random) {
    let mut number = random.below(count(value));
    let Some(found) = place(value, &mut number) else { return };
    match (random.below(6), found) {
        (0, Value::Object(members)) if !members.is_empty() => {
            let key = members.keys().nth(random.below(members.len())).unwrap().clone();
            let value = members.remove(&key).unwrap();
            if random.below(2) == 0 {
                members.insert(random.pick(&NAMES).to_owned(), value);
            }
        }
        (1, Value::Object(members)) => {
            members.insert(random.pick(&NAMES).to_owned(), odd(random));
        }
        (0 | 1, Value::Array(items)) if !items.is_empty() => {
            let copy = items[random.below(items.len())].clone();
            items.push(copy);
        }
        (2, found) => {
            let mut copy = other.clone();
            let mut number = random.below(count(&copy));
            *found = place(&mut copy, &mut number).cloned().unwrap_or_default();
        }
        (3, found) => *found = json!([found.take()]),
        (4, found) => {
            *found = Value::Object(Map::from_iter([(random.pick(&NAMES).to_owned(), found.take())]));
        }
        (_, found) => *found = odd(random),
    }
}

const PIECES: [&str; 32] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "\n",
    "\t",
    "-",
    "0",
    "1",
    ".",
    "e",
    "E+",
    "9",
    "null",
    "true",
    "\\u0000",
    "\\u0069",
    "\\ud83d",
    "\\ude00",
    "\\n",
    "\u{feff}",
    "\u{7f}",
    "é",
    "\u{1f600}",
    "_",
    "Z",
    "\u{0}",
];

fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn scratch(text: &mut String, random: &mut Random) {
    let at = boundary(text, random.below(text.len() + 1));
    match random.below(7) {
        0 | 1 => text.insert_str(at, random.pick(&PIECES)),
        2 if at < text.len() => {
            text.remove(at);
        }
        3 => text.truncate(at),
        4 => {
            // The same letter, written as an escape.
            if let Some(letter) = text[at..].chars().next().filter(char::is_ascii_alphanumeric) {
                text.replace_range(at..=at, &format!("\\u{:04x}", u32::from(letter)));
            }
        }
        5 => {
            let end = boundary(text, at + random.below(40)).max(at);
            let piece = text[at..end].to_owned();
            text.insert_str(at, &piece);
        }
        _ if at < text.len() => {
            text.remove(at);
            text.insert_str(at, random.pick(&PIECES));
        }
        _ => {}
    }
}

/// A new input from those of the pool: every other from the first of them, which are sound. What is kept later is mostly
/// refused, and in a long run there is more of it than of anything else.
pub(crate) fn mutated(pool: &[Input], first: usize, random: &mut Random) -> Input {
    let from = if random.below(2) == 0 { first } else { pool.len() };
    let mut input = pool[random.below(from)].clone();
    if random.below(10) < 7
        && let Ok(mut value) = serde_json::from_str::<Value>(&input.text)
    {
        let other = serde_json::from_str(&pool[random.below(pool.len())].text).unwrap_or_default();
        for _ in 0..=random.below(3) {
            change(&mut value, &other, random);
        }
        input.text = value.to_string();
    }
    if random.below(10) < 4 {
        for _ in 0..=random.below(3) {
            scratch(&mut input.text, random);
        }
    }
    if input.text.len() > 20_000 {
        input.text.truncate(boundary(&input.text, 20_000));
    }
    if input.status != 0 && random.below(20) == 0 {
        input.status =
            random.pick(&[200, 200, 400, 401, 403, 404, 408, 409, 418, 422, 428, 429, 500, 502, 503, 504]);
    }
    input
}
