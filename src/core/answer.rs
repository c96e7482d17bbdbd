//! An answer in, a value out.

use crate::codec::schema::Type;
use crate::codec::walk::Walker;

/// Checks an answer of status 200. The value, or the violation, is the walker's output. Whether it is the value.
pub(crate) fn answer(walker: &mut Walker<'_>) -> bool {
    walker.value(Type::of(walker.method.response()));
    walker.flush(walker.scan.at);
    walker.is_fine()
}
