//! Arguments in, payload out.

use crate::codec::Bytes;
use crate::codec::tags;
use crate::codec::text::{put, put_quoted};
use crate::codec::violation::Rule;
use crate::codec::walk::Walker;

/// Checks the arguments of a call, a JSON array in the order of the function's, and makes the method's payload of
/// them. `key` fills in a missing `idempotencyKey`; where the method has none in its body, it must be empty.
/// The payload, or the violations, are the walker's output. Whether it is the payload.
pub(crate) fn arguments(walker: &mut Walker<'_>, key: &[u8]) -> bool {
    let method = walker.method;
    let request = method.request();
    let mut seen = 0;
    walker.out.push(b'{');
    if walker.scan.next() != b'[' {
        walker.scan.fail();
    }
    let mut items = walker.scan.open();
    let mut more = true;
    // A missing argument, `null` and `undefined` (`null` in JSON) are the same.
    if method.takes(tags::FIRST) {
        more = walker.scan.more(&mut items);
        if more && !walker.null() {
            let mut fields = request.fields();
            fields.advance();
            push_name(&mut walker.out, fields.field.name);
            walker.skip_copy();
            walker.value(fields.field.ty);
            walker.flush(walker.scan.at);
            seen = 1;
        }
    }
    if method.takes(tags::SPREAD) {
        more = more && walker.scan.more(&mut items);
        if more && !walker.null() {
            if walker.scan.next() != b'{' {
                walker.wrong(walker.scan.at, Rule::Type);
                // None of its fields is missed any more.
                walker.scan.fail();
            }
            let mut inside = walker.scan.open();
            walker.skip_copy();
            if walker.out.len() > 1 && walker.scan.peek() != b'}' {
                walker.out.push(b',');
            }
            let first = u32::from(method.takes(tags::FIRST));
            seen |= walker.members(request, &mut inside, first);
            walker.flush(walker.scan.at.wrapping_sub(1));
        }
    }
    // What follows the arguments that the function has is passed over, as JavaScript does.
    while more && walker.scan.more(&mut items) {
        walker.scan.skip();
    }
    if !key.is_empty() {
        let mut fields = request.fields();
        if fields.seek(b"idempotencyKey") && seen & fields.field.bit == 0 {
            seen |= fields.field.bit;
            push_name(&mut walker.out, fields.field.name);
            put_quoted(&mut walker.out, key);
        }
    }
    walker.out.push(b'}');
    walker.complete(request, seen, true);
    walker.is_fine()
}

/// Writes `"name":`, with a comma before it where something stands there.
#[inline(never)]
fn push_name(out: &mut Bytes, name: &[u8]) {
    if out.len() > 1 {
        out.push(b',');
    }
    put_quoted(out, name);
    put(out, b":");
}
