//! Packs the contract's schema into a few kilobytes that the codec reads: no documentation, no serde.
//!
//! An entry is a list of names, each with a type, and ends with an empty name. Records are entries; so are lists of
//! names (of any type) and the fields that a method's filter may name (their kinds stand for the types). Nothing says
//! where an entry begins: the reader finds out when it starts.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;

use loyalty_contract::ENDPOINTS;
use loyalty_contract::endpoint::{Arg, Effect, Endpoint, Retry};
use loyalty_contract::fields::{FieldSpec, Kind};
use loyalty_contract::rename;
use loyalty_contract::schema::{Field, Limit, Record, Rule, Type};

#[path = "src/codec/tags.rs"]
mod tags;

/// A picture as it travels. The shells make a string of it; the codec only checks it.
static PICTURE: Record = {
    const fn field(name: &'static str, ty: Type) -> Field {
        Field { name, doc: "", ty, required: false, limits: &[] }
    }
    Record {
        name: "(picture)",
        doc: "",
        fields: &[
            field("id", Type::Str),
            field("url", Type::Str),
            field("height", Type::Int),
            field("width", Type::Int),
            field("altText", Type::Str),
            field("filename", Type::Str),
        ],
        rules: &[],
    }
};

/// The reader masks places with this less one.
const LENGTH: usize = 8_192;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("schema.rs"), Packer::pack()?)?;
    println!("cargo::rustc-check-cfg=cfg(page)");
    let target = std::env::var("CARGO_CFG_TARGET_ARCH")?;
    if target == "wasm32" && std::env::var_os("CARGO_FEATURE_BINDINGS").is_some() {
        println!("cargo::rustc-cfg=page");
        // A quarter of this is enough for text that nests 64 deep. With the usual megabyte, every address of data
        // would be a byte longer, and memory 15 pages larger.
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=65536");
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/codec/tags.rs");
    Ok(())
}

/// What an entry is made of.
#[derive(Clone, Copy, PartialEq)]
enum Source {
    /// A record, and whether a request can hold it.
    Record(&'static str, bool),
    Names(&'static [&'static str]),
    Filterable(&'static [FieldSpec]),
    Operators,
}

#[derive(Default)]
struct Packer {
    entries: Vec<Source>,
    records: HashMap<&'static str, &'static Record>,
    bytes: Vec<u8>,
    /// Flags, the least, the greatest. The first is that of fields without limits.
    limits: Vec<[i32; 3]>,
    /// Rules over several fields: the record's number, the kind, the bits of its fields.
    rules: Vec<u32>,
}

impl Packer {
    /// The source text of the tables.
    fn pack() -> Result<String, Failure> {
        let mut packer = Self { limits: vec![[0, 0, 0]], ..Self::default() };
        for endpoint in ENDPOINTS {
            packer.collect(endpoint.request, true)?;
        }
        for endpoint in ENDPOINTS {
            packer.collect(endpoint.response, false)?;
        }
        let methods =
            ENDPOINTS.iter().map(|endpoint| packer.endpoint(endpoint)).collect::<Result<Vec<_>, _>>()?;
        let underscored = packer.number(Source::Names(&tags::UNDERSCORED))?;
        let operators = packer.number(Source::Operators)?;
        // Packing an entry may find another, which comes last.
        let mut number = 0;
        while let Some(source) = packer.entries.get(number).copied() {
            packer.entry(number, source)?;
            number += 1;
        }
        let picture = packer.number(Source::Record(PICTURE.name, false))?;
        if number > 256 || packer.bytes.len() > LENGTH {
            return Err(format!(
                "{number} entries, {} bytes: more than the reader reads",
                packer.bytes.len()
            )
            .into());
        }
        packer.bytes.resize(LENGTH, 0);
        let mut text = String::new();
        writeln!(text, "const LENGTH: usize = {LENGTH};")?;
        writeln!(text, "static PACKED: [u8; LENGTH] = {:?};", packer.bytes)?;
        writeln!(text, "const ENTRIES: usize = {number};")?;
        writeln!(text, "#[cfg(any(page, test))]\nconst PICTURE: u8 = {picture};")?;
        writeln!(text, "const UNDERSCORED: u8 = {underscored};")?;
        writeln!(text, "const OPERATORS: u8 = {operators};")?;
        writeln!(text, "static METHODS: [u32; {}] = {methods:?};", methods.len())?;
        writeln!(text, "static LIMITS: [[i32; 3]; {}] = {:?};", packer.limits.len(), packer.limits)?;
        writeln!(text, "static RULES: [u32; {}] = {:?};", packer.rules.len(), packer.rules)?;
        Ok(text)
    }

    fn collect(&mut self, record: &'static Record, request: bool) -> Result<(), Failure> {
        if self.records.insert(record.name, record).is_some() {
            return Ok(());
        }
        self.entries.push(Source::Record(record.name, request));
        if record.fields.len() > 32 {
            return Err(format!("{} has more fields than the mask of seen fields", record.name).into());
        }
        for field in record.fields {
            let mut ty = &field.ty;
            while let Type::List(inner) | Type::Map(inner) = ty {
                ty = inner;
            }
            match ty {
                Type::Record(inner) => self.collect(inner, request)?,
                Type::Image => self.collect(&PICTURE, request)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The number of an entry, which is made if there is none.
    fn number(&mut self, source: Source) -> Result<u8, Failure> {
        let same = |one: &Source| match (one, &source) {
            (Source::Record(one, _), Source::Record(other, _)) => one == other,
            _ => *one == source,
        };
        let number = self.entries.iter().position(same).unwrap_or_else(|| {
            self.entries.push(source);
            self.entries.len() - 1
        });
        Ok(u8::try_from(number)?)
    }

    fn name(&mut self, name: &str, ty: u8) -> Result<(), Failure> {
        self.bytes.push(u8::try_from(name.len())?);
        self.bytes.extend(name.as_bytes());
        self.bytes.push(ty);
        Ok(())
    }

    fn entry(&mut self, number: usize, source: Source) -> Result<(), Failure> {
        match source {
            Source::Record(name, request) => {
                let record = *self.records.get(name).ok_or("a record was not collected")?;
                for field in record.fields {
                    self.field(record, field, request)?;
                }
                for rule in if request { record.rules } else { &[] } {
                    self.rule(number, record, rule)?;
                }
            }
            Source::Names(names) => {
                for name in names {
                    self.name(name, 0)?;
                }
            }
            Source::Filterable(fields) => {
                if fields.len() > 32 {
                    return Err("a filter has more fields than the mask of seen fields".into());
                }
                let endpoint = ENDPOINTS.iter().find(|endpoint| endpoint.fields == fields);
                let searched = endpoint.map_or(&[][..], |endpoint| endpoint.searchable);
                for field in fields {
                    let searched = if searched.contains(&field.path) { tags::SEARCHED } else { 0 };
                    self.name(field.path, kind(field.kind) | searched)?;
                }
            }
            Source::Operators => {
                for (name, takes, kinds) in tags::OPERATORS {
                    self.name(name, takes | kinds << 4)?;
                }
            }
        }
        self.bytes.push(0);
        Ok(())
    }

    fn rule(&mut self, number: usize, record: &Record, rule: &Rule) -> Result<(), Failure> {
        let (kind, names) = match rule {
            Rule::ExactlyOne(names) => (tags::EXACTLY_ONE, names),
            Rule::AtLeastOne(names) => (tags::AT_LEAST_ONE, names),
            Rule::AtMostOne(names) => (tags::AT_MOST_ONE, names),
        };
        let mut bits = 0;
        for name in *names {
            let place = record.fields.iter().position(|field| field.name == *name);
            bits |= 1_u16
                .checked_shl(u32::try_from(place.ok_or("a rule names no field")?)?)
                .ok_or("beyond 16")?;
        }
        self.rules.push(u32::try_from(number)? | u32::from(kind) << 8 | u32::from(bits) << 16);
        Ok(())
    }

    fn field(&mut self, record: &Record, field: &Field, request: bool) -> Result<(), Failure> {
        let mut flags = 0;
        let mut limit = [0_i32, 0, 0];
        let mut named = None;
        if field.required {
            flags |= tags::REQUIRED;
        }
        if tags::UNDERSCORED.contains(&field.name) {
            flags |= tags::RENAMED;
        }
        if tags::UNDERSCORED.contains(&field.name) != (rename::to_js(field.name) != field.name) {
            return Err(format!("{} is renamed, or isn't, against the contract", field.name).into());
        }
        // Answers are held to their types, not to the limits of requests.
        for one in if request { field.limits } else { &[] } {
            let mut bounds = |min: i64, max: i64| -> Result<(), Failure> {
                if limit[0] & tags::BOUNDED != 0 {
                    return Err(format!("{}.{} has a range and a length", record.name, field.name).into());
                }
                // The greatest int64 is no limit beside the type.
                limit =
                    [limit[0] | tags::BOUNDED, i32::try_from(min)?, i32::try_from(max).unwrap_or(i32::MAX)];
                Ok(())
            };
            match *one {
                Limit::Range(min, max) => bounds(min, max)?,
                Limit::Len(min, max) => bounds(min.into(), max.into())?,
                Limit::NonZero => limit[0] |= tags::NON_ZERO,
                Limit::Key => limit[0] |= tags::KEY,
                Limit::ReadOnly => limit[0] |= tags::READ_ONLY,
                Limit::FieldName => named = Some(tags::FIELD_NAME),
                Limit::SearchField => named = Some(tags::SEARCH_FIELD),
                Limit::MinHundredths(_) | Limit::Money => {
                    return Err(format!(
                        "the codec has no {one:?} for requests: {}.{}",
                        record.name, field.name
                    )
                    .into());
                }
            }
        }
        let (mut tag, entry) = self.ty(&field.ty, request)?;
        if let Some(named) = named {
            tag = tag & tags::LIST | named;
        }
        let known = self.limits.iter().position(|one| *one == limit).unwrap_or_else(|| {
            self.limits.push(limit);
            self.limits.len() - 1
        });
        if known > 0 {
            flags |= tags::LIMITED;
        }
        self.name(field.name, tag | flags)?;
        self.bytes.extend(entry);
        if known > 0 {
            self.bytes.push(u8::try_from(known)?);
        }
        Ok(())
    }

    /// The byte of a type, and the entry that it names.
    fn ty(&mut self, ty: &Type, request: bool) -> Result<(u8, Option<u8>), Failure> {
        let tag = match ty {
            Type::Bool => tags::BOOL,
            Type::Int => tags::INT,
            Type::Int64 => tags::INT64,
            Type::Float => tags::FLOAT,
            Type::Str => tags::STR,
            Type::Guid => tags::GUID,
            Type::Date => tags::DATE,
            Type::Filter => tags::FILTER,
            Type::Json => tags::JSON,
            // A reader tolerates names that are newer than it is: there, any text will do.
            Type::Enum(_) if !request => tags::STR,
            Type::Enum(names) => return Ok((tags::ENUM, Some(self.number(Source::Names(names.values))?))),
            Type::Image => {
                return Ok((tags::RECORD, Some(self.number(Source::Record(PICTURE.name, false))?)));
            }
            Type::Record(record) => {
                return Ok((tags::RECORD, Some(self.number(Source::Record(record.name, request))?)));
            }
            Type::List(inner) => match self.ty(inner, request)? {
                (tag, _) if tag & tags::LIST != 0 => return Err("the codec has no lists of lists".into()),
                (tag, entry) => return Ok((tag | tags::LIST, entry)),
            },
            Type::Map(inner) => match self.ty(inner, request)? {
                (tags::RECORD, entry) => return Ok((tags::MAP, entry)),
                _ => return Err("the codec has maps of records only".into()),
            },
        };
        Ok((tag, None))
    }

    fn endpoint(&mut self, endpoint: &'static Endpoint) -> Result<u32, Failure> {
        let effect = match endpoint.effect {
            Effect::Read => tags::READ,
            Effect::Write(Retry::BodyKey) => tags::BODY_KEY,
            Effect::Write(Retry::HeaderKey) => tags::HEADER_KEY,
            Effect::Write(Retry::Never) => tags::NEVER,
        };
        let first = endpoint.request.fields.first().map(|field| field.name);
        let args = match endpoint.args {
            [] => 0,
            [Arg::Spread { .. }] => tags::SPREAD,
            [Arg::Field { wire, .. }] if Some(*wire) == first => tags::FIRST,
            [Arg::Field { wire, .. }, Arg::Spread { .. }] if Some(*wire) == first => {
                tags::FIRST | tags::SPREAD
            }
            _ => return Err(format!("{} has arguments of a new kind", endpoint.name).into()),
        };
        let mut bytes = [effect | args << 2, 0, 0, 0];
        bytes[1] = self.number(Source::Record(endpoint.request.name, true))?;
        bytes[2] = self.number(Source::Record(endpoint.response.name, false))?;
        bytes[3] = self.number(Source::Filterable(endpoint.fields))?;
        Ok(u32::from_le_bytes(bytes))
    }
}

const fn kind(kind: Kind) -> u8 {
    match kind {
        Kind::Id => tags::KIND_ID,
        Kind::Text => tags::KIND_TEXT,
        Kind::Number => tags::KIND_NUMBER,
        Kind::Date => tags::KIND_DATE,
        Kind::Enum => tags::KIND_ENUM,
        Kind::Object => tags::KIND_OBJECT,
    }
}
