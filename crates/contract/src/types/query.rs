use crate::record::{names, record};
use crate::values::RawFilter;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

names! {
    /// Which end of an order comes first.
    pub enum SortOrder {
        /// The smallest.
        Asc = "ASC",
        /// The greatest.
        Desc = "DESC",
    }
}

record! {
    /// A query over a collection.
    pub struct CursorQuery {
        /// Which items. Each method lists the fields that it may name.
        filter as "filter": Option<RawFilter>,
        /// In which order: up to 5 fields.
        sort as "sort": Option<Vec<Sorting>> [Len(0, 5)],
        /// How many, from where.
        cursor_paging as "cursorPaging": Option<CursorPaging>,
    }
}

record! {
    /// One field of an order.
    pub struct Sorting {
        /// The field, up to 512 characters.
        field_name as "fieldName": String [Len(1, 512), FieldName],
        /// `ASC` when absent.
        order as "order": Option<SortOrder>,
    }
}

record! {
    /// How many items, from where.
    pub struct CursorPaging {
        /// The most items of a page, 1 to 100.
        limit as "limit": Option<i64> [Range(1, 100)],
        /// The cursor of an earlier answer, up to 16,000 characters. It carries filter and sort: send it alone.
        cursor as "cursor": Option<String> [Len(1, 16_000)],
    }
}

record! {
    /// Where a page stands, as newer methods tell it.
    pub struct CursorPagingMetadata {
        /// Number of items in this page.
        count as "count": Option<i64>,
        /// Cursors of the pages around it.
        cursors as "cursors": Option<Cursors>,
        /// Whether there are more items.
        has_next as "hasNext": Option<bool>,
    }
}

record! {
    /// Where a page stands, as older methods tell it.
    pub struct PagingMetadataV2 {
        /// Number of items in this page.
        count as "count": Option<i64>,
        /// Number of items before it.
        offset as "offset": Option<i64>,
        /// Number of items in all.
        total as "total": Option<i64>,
        /// Whether there are too many items to count.
        too_many_to_count as "tooManyToCount": Option<bool>,
        /// Cursors of the pages around it.
        cursors as "cursors": Option<Cursors>,
    }
}

record! {
    /// Cursors of the pages around a page.
    pub struct Cursors {
        /// The next page. Absent on the last.
        next as "next": Option<String>,
        /// The page before. Absent on the first.
        prev as "prev": Option<String>,
    }
}
