//! Packs the contract's schema into a few kilobytes that the codec reads: no documentation, no serde.
//!
//! The file begins with two bytes for each endpoint and then two for each record: where its data stand.

use std::collections::HashMap;
use std::path::Path;

use loyalty_contract::endpoint::{Arg, Effect, Endpoint, Identity, Method, Retry};
use loyalty_contract::fields::{FieldSpec, Kind};
use loyalty_contract::schema::{Field, Limit, Record, Rule, Type};
use loyalty_contract::{ENDPOINTS, ErrorCode, rename};

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
const LENGTH: usize = 16_384;

/// The bytes, and where the error codes begin in them.
struct Packed {
    bytes: Vec<u8>,
    codes: usize,
}

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let packed = Packer::pack()?;
    let out = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out).join("schema.bin"), packed.bytes)?;
    std::fs::write(
        Path::new(&out).join("schema_sizes.rs"),
        format!(
            "/// How many endpoints the packed schema has.\nconst ENDPOINTS: usize = {};\n\
             /// How many error codes, and where they begin.\nconst CODE_COUNT: u8 = {};\nconst CODES: usize = {};\n",
            ENDPOINTS.len(),
            ErrorCode::ALL.len(),
            packed.codes,
        ),
    )?;
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

/// Records in the order of their numbers, and whether a request can hold them.
#[derive(Default)]
struct Packer {
    records: Vec<(&'static Record, bool)>,
    numbers: HashMap<&'static str, usize>,
}

impl Packer {
    fn pack() -> Result<Packed, Failure> {
        let mut packer = Self::default();
        for endpoint in ENDPOINTS {
            packer.collect(endpoint.request, true)?;
        }
        for endpoint in ENDPOINTS {
            packer.collect(endpoint.response, false)?;
        }
        let tables = 2 * (ENDPOINTS.len() + packer.records.len());
        let mut blob = Blob { bytes: vec![0; tables], placed: HashMap::new() };
        for (number, (record, request)) in packer.records.iter().enumerate() {
            let bytes = packer.record(record, *request, &mut blob)?;
            let at = blob.append(&bytes)?;
            blob.point(2 * (ENDPOINTS.len() + number), at);
        }
        for (number, endpoint) in ENDPOINTS.iter().enumerate() {
            let bytes = packer.endpoint(endpoint, &mut blob)?;
            let at = blob.append(&bytes)?;
            blob.point(2 * number, at);
        }
        let codes = blob.bytes.len();
        blob.bytes.extend(error_codes()?);
        if blob.bytes.len() > LENGTH {
            return Err(
                format!("the schema has {} bytes, more than its reader reads", blob.bytes.len()).into()
            );
        }
        blob.bytes.resize(LENGTH, 0);
        Ok(Packed { bytes: blob.bytes, codes })
    }

    fn collect(&mut self, record: &'static Record, request: bool) -> Result<(), Failure> {
        if self.numbers.contains_key(record.name) {
            return Ok(());
        }
        self.numbers.insert(record.name, self.records.len());
        self.records.push((record, request));
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

    fn number(&self, record: &Record) -> Result<u8, Failure> {
        let number = self.numbers.get(record.name).ok_or("a record was not collected")?;
        Ok(u8::try_from(*number)?)
    }

    fn record(&self, record: &Record, request: bool, blob: &mut Blob) -> Result<Vec<u8>, Failure> {
        let required = record.fields.iter().enumerate().filter(|(_, field)| field.required);
        let mask = required.fold(0_u32, |mask, (place, _)| mask | 1 << place);
        let mut bytes = u16::try_from(mask)?.to_le_bytes().to_vec();
        bytes.push(u8::try_from(record.fields.len())?);
        for field in record.fields {
            self.field(record, field, request, blob, &mut bytes)?;
        }
        let rules = if request { record.rules } else { &[] };
        bytes.push(u8::try_from(rules.len())?);
        for rule in rules {
            let (kind, names) = match rule {
                Rule::ExactlyOne(names) => (tags::EXACTLY_ONE, names),
                Rule::AtLeastOne(names) => (tags::AT_LEAST_ONE, names),
                Rule::AtMostOne(names) => (tags::AT_MOST_ONE, names),
            };
            bytes.push(kind);
            let mut bits = 0_i64;
            for name in *names {
                bits |= i64::from(bit(record, name)?);
            }
            bytes.extend(bits.to_le_bytes());
        }
        Ok(bytes)
    }

    fn field(
        &self,
        record: &Record,
        field: &Field,
        request: bool,
        blob: &mut Blob,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        let mut flags = 0;
        let mut limits = Vec::new();
        let mut name = None;
        if field.required {
            flags |= tags::REQUIRED;
        }
        if rename::to_js(field.name) != field.name {
            flags |= tags::RENAMED;
        }
        // Answers are held to their types, not to the limits of requests.
        for limit in if request { field.limits } else { &[] } {
            match *limit {
                Limit::Range(min, max) => {
                    flags |= tags::RANGE;
                    limits.extend(min.to_le_bytes());
                    limits.extend(max.to_le_bytes());
                }
                Limit::Len(min, max) => {
                    flags |= tags::LEN;
                    limits.extend(u16::try_from(min)?.to_le_bytes());
                    limits.extend(u16::try_from(max)?.to_le_bytes());
                }
                Limit::NonZero => flags |= tags::NON_ZERO,
                Limit::Key => flags |= tags::KEY,
                Limit::ReadOnly => flags |= tags::READ_ONLY,
                Limit::FieldName => name = Some(tags::FIELD_NAME),
                Limit::SearchField => name = Some(tags::SEARCH_FIELD),
                Limit::MinHundredths(_) | Limit::Money => {
                    return Err(format!(
                        "the codec has no {limit:?} for requests: {}.{}",
                        record.name, field.name
                    )
                    .into());
                }
            }
        }
        if flags & tags::RANGE != 0 && flags & tags::LEN != 0 {
            return Err(format!("{}.{} has a range and a length", record.name, field.name).into());
        }
        text(field.name, bytes)?;
        bytes.push(flags);
        match name {
            Some(tag) => {
                if matches!(field.ty, Type::List(_)) {
                    bytes.push(tags::LIST);
                }
                bytes.push(tag);
            }
            None => self.ty(&field.ty, request, blob, bytes)?,
        }
        bytes.extend(limits);
        Ok(())
    }

    fn ty(&self, ty: &Type, request: bool, blob: &mut Blob, bytes: &mut Vec<u8>) -> Result<(), Failure> {
        match ty {
            Type::Bool => bytes.push(tags::BOOL),
            Type::Int => bytes.push(tags::INT),
            Type::Int64 => bytes.push(tags::INT64),
            Type::Float => bytes.push(tags::FLOAT),
            Type::Str => bytes.push(tags::STR),
            Type::Guid => bytes.push(tags::GUID),
            Type::Date => bytes.push(tags::DATE),
            Type::Image => bytes.extend([tags::RECORD, self.number(&PICTURE)?]),
            Type::Filter => bytes.push(tags::FILTER),
            Type::Json => bytes.push(tags::JSON),
            // A reader tolerates names that are newer than it is: there, any text will do.
            Type::Enum(_) if !request => bytes.push(tags::STR),
            Type::Enum(names) => {
                bytes.push(tags::ENUM);
                bytes.extend(blob.names(names.values)?.to_le_bytes());
            }
            Type::List(inner) => {
                bytes.push(tags::LIST);
                self.ty(inner, request, blob, bytes)?;
            }
            Type::Map(inner) => {
                bytes.push(tags::MAP);
                self.ty(inner, request, blob, bytes)?;
            }
            Type::Record(record) => bytes.extend([tags::RECORD, self.number(record)?]),
        }
        Ok(())
    }

    fn endpoint(&self, endpoint: &Endpoint, blob: &mut Blob) -> Result<Vec<u8>, Failure> {
        let effect = match endpoint.effect {
            Effect::Read => tags::READ,
            Effect::Write(Retry::BodyKey) => tags::BODY_KEY,
            Effect::Write(Retry::HeaderKey) => tags::HEADER_KEY,
            Effect::Write(Retry::Never) => tags::NEVER,
        };
        let unwrap = endpoint.unwrap.map(|name| bit(endpoint.response, name)).transpose()?;
        let mut bytes = vec![
            effect,
            u8::from(endpoint.method == Method::Post),
            u8::from(endpoint.identity == Identity::Proxy),
            self.number(endpoint.request)?,
            self.number(endpoint.response)?,
            unwrap.unwrap_or(0),
        ];
        bytes.extend(blob.fields(endpoint.fields)?.to_le_bytes());
        bytes.extend(blob.names(endpoint.searchable)?.to_le_bytes());
        text(endpoint.path, &mut bytes)?;
        bytes.push(u8::try_from(endpoint.args.len())?);
        for arg in endpoint.args {
            let (js, bit) = match arg {
                // Whether an argument may be left out follows from the fields that it carries.
                Arg::Field { js, wire, .. } => (js, bit(endpoint.request, wire)?),
                Arg::Spread { js, .. } => (js, 0),
            };
            text(js, &mut bytes)?;
            bytes.push(bit);
        }
        Ok(bytes)
    }
}

/// The bytes so far, and where shared lists stand in them.
struct Blob {
    bytes: Vec<u8>,
    placed: HashMap<Vec<u8>, u16>,
}

impl Blob {
    fn append(&mut self, bytes: &[u8]) -> Result<u16, Failure> {
        if let Some(at) = self.placed.get(bytes) {
            return Ok(*at);
        }
        let at = u16::try_from(self.bytes.len())?;
        self.bytes.extend(bytes);
        self.placed.insert(bytes.to_vec(), at);
        Ok(at)
    }

    fn point(&mut self, slot: usize, at: u16) {
        for (byte, value) in self.bytes.iter_mut().skip(slot).zip(at.to_le_bytes()) {
            *byte = value;
        }
    }

    fn names(&mut self, names: &[&str]) -> Result<u16, Failure> {
        let mut bytes = vec![u8::try_from(names.len())?];
        for name in names {
            text(name, &mut bytes)?;
        }
        self.append(&bytes)
    }

    fn fields(&mut self, fields: &[FieldSpec]) -> Result<u16, Failure> {
        let mut bytes = vec![u8::try_from(fields.len())?];
        for field in fields {
            bytes.push(match field.kind {
                Kind::Id => tags::KIND_ID,
                Kind::Text => tags::KIND_TEXT,
                Kind::Number => tags::KIND_NUMBER,
                Kind::Date => tags::KIND_DATE,
                Kind::Enum => tags::KIND_ENUM,
                Kind::Object => tags::KIND_OBJECT,
            });
            text(field.path, &mut bytes)?;
        }
        self.append(&bytes)
    }
}

fn text(text: &str, bytes: &mut Vec<u8>) -> Result<(), Failure> {
    bytes.push(u8::try_from(text.len())?);
    bytes.extend(text.as_bytes());
    Ok(())
}

/// The place of a field, as a bit. What needs one byte for it stands among the first eight.
fn bit(record: &Record, name: &str) -> Result<u8, Failure> {
    let place = record.fields.iter().position(|field| field.name == name);
    let place = place.ok_or_else(|| format!("{} has no field {name}", record.name))?;
    let bit = 1_u8.checked_shl(u32::try_from(place)?);
    Ok(bit.ok_or_else(|| format!("{}.{name} is not among the first eight", record.name))?)
}

/// The error codes: each name with its status and whether it may succeed later, then the names that other services
/// have for some, then from which status on which code is meant.
fn error_codes() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    for code in ErrorCode::ALL {
        text(code.as_str(), &mut bytes)?;
        bytes.push(u8::from(code.retryable()));
        bytes.extend(code.status().to_le_bytes());
    }
    let others = ["validationError", "ABORTED", "RESOURCE_EXHAUSTED", "UNIMPLEMENTED"];
    bytes.push(u8::try_from(others.len())?);
    for name in others {
        bytes.push(ErrorCode::classify(0, Some(name)) as u8);
        text(name, &mut bytes)?;
    }
    let mut turns = Vec::new();
    let mut last = None;
    for status in 0..=u16::MAX {
        let code = ErrorCode::classify(status, None);
        if last != Some(code) {
            turns.extend(status.to_le_bytes());
            turns.push(code as u8);
            last = Some(code);
        }
    }
    bytes.push(u8::try_from(turns.len() / 3)?);
    bytes.extend(turns);
    Ok(bytes)
}
