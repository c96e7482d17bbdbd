//! Where dates, pictures and decimals stand in what each method returns: what JSON can't hold is set there.

use super::words::{HEADER, js};
use loyalty_contract::ENDPOINTS;
use loyalty_contract::schema::{Record, Type};
use std::fmt::Write;

/// The shape of a value: what `values.js` reads.
enum Shape {
    /// A kind: 0 a date, 1 a picture, 2 a decimal.
    Kind(u8),
    /// The name of a record's shape.
    Named(&'static str),
    /// The shape of a map's values.
    Every(Box<Self>),
}

impl Shape {
    fn text(&self) -> String {
        match self {
            Self::Kind(kind) => kind.to_string(),
            Self::Named(name) => (*name).to_owned(),
            Self::Every(inner) => format!("{{ \"*\": {} }}", inner.text()),
        }
    }
}

#[derive(Default)]
struct Shapes {
    text: String,
    done: Vec<(&'static str, bool)>,
}

impl Shapes {
    fn of(&mut self, ty: &Type) -> Option<Shape> {
        match ty {
            Type::Date => Some(Shape::Kind(0)),
            Type::Image => Some(Shape::Kind(1)),
            Type::Float => Some(Shape::Kind(2)),
            Type::List(inner) => self.of(inner),
            Type::Map(inner) => self.of(inner).map(|inner| Shape::Every(Box::new(inner))),
            Type::Record(record) => self.record(record).then_some(Shape::Named(record.name)),
            _ => None,
        }
    }

    /// Writes the shape of a record, behind those it needs. Whether it has one.
    fn record(&mut self, record: &'static Record) -> bool {
        if let Some((_, has)) = self.done.iter().find(|(name, _)| *name == record.name) {
            return *has;
        }
        let fields: Vec<_> = record
            .fields
            .iter()
            .filter_map(|field| Some(format!("{}: {}", js(field.name), self.of(&field.ty)?.text())))
            .collect();
        if !fields.is_empty() {
            let _ = writeln!(self.text, "const {} = {{ {} }};", record.name, fields.join(", "));
        }
        self.done.push((record.name, !fields.is_empty()));
        !fields.is_empty()
    }
}

/// `shapes.js`.
pub(crate) fn shapes() -> String {
    let mut shapes = Shapes::default();
    let mut all = String::new();
    for endpoint in ENDPOINTS {
        let ty = endpoint
            .unwrap
            .and_then(|name| endpoint.response.field(name))
            .map_or(Type::Record(endpoint.response), |field| field.ty);
        let shape = shapes.of(&ty).map_or("0".to_owned(), |shape| shape.text());
        let _ = writeln!(all, "  {shape}, // {}", endpoint.name);
    }
    format!(
        "{HEADER}{}\n/** By the number of the operation. */\nexport const shapes = [\n{all}];\n",
        shapes.text
    )
}
