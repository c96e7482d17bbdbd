//! One call of either table, as far as a description goes: the 25 methods and their neighbours look the same from here.

use loyalty_contract::endpoint::{Endpoint, FieldSet, Identity, Method};
use loyalty_contract::neighbours::{Neighbour, Verb};
use loyalty_contract::schema::Record;

/// What a document says of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// The method's name.
    pub name: &'static str,
    /// The group that it is listed under.
    pub tag: &'static str,
    /// One paragraph.
    pub doc: &'static str,
    /// Where upstream describes it.
    pub link: Option<&'static str>,
    /// Whether upstream has given it up.
    pub deprecated: bool,
    /// The HTTP method.
    pub verb: Verb,
    /// The path with its parameters, as the table has it.
    pub path: &'static str,
    /// The whole payload.
    pub request: &'static Record,
    /// The answer.
    pub response: &'static Record,
    /// The fields that filters and sorts may name.
    pub fields: FieldSet,
    /// The fields that words may be looked for in.
    pub searchable: &'static [&'static str],
    /// Whether a member's own token opens it too.
    pub by_members: bool,
}

impl From<&'static Endpoint> for Call {
    fn from(row: &'static Endpoint) -> Self {
        Self {
            name: row.name,
            tag: row.group.as_str(),
            doc: row.doc,
            link: Some(row.link),
            deprecated: row.deprecated,
            verb: match row.method {
                Method::Get => Verb::Get,
                Method::Post => Verb::Post,
            },
            path: row.path,
            request: row.request,
            response: row.response,
            fields: row.fields,
            searchable: row.searchable,
            by_members: row.identity != Identity::App,
        }
    }
}

impl From<&'static Neighbour> for Call {
    fn from(row: &'static Neighbour) -> Self {
        let service = row.path.split('/').nth(1).unwrap_or_default();
        Self {
            name: row.name,
            tag: service.strip_prefix("loyalty-").unwrap_or(service),
            doc: row.doc,
            link: None,
            deprecated: false,
            verb: row.verb,
            path: row.path,
            request: row.request,
            response: row.response,
            fields: &[],
            searchable: &[],
            by_members: false,
        }
    }
}

impl Call {
    /// The fields that stand in the path: `tier.id` is the `id` of the `tier`.
    pub(crate) fn path_params(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }

    /// The path without the names of its parameters: two calls with the same one are of one place.
    pub(crate) fn place(&self) -> String {
        let bare = |segment| if is_param(segment) { "{}" } else { segment };
        self.path.split('/').map(bare).collect::<Vec<_>>().join("/")
    }
}

fn is_param(segment: &str) -> bool {
    segment.starts_with('{')
}
