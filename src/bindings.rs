//! The exports that the JavaScript shell calls: integers over one shared room.
//!
//! The shell writes UTF-8 where [`room`] says, which is always the same place, and calls. A call gives the length of
//! its output, or the complement of that where something is wrong. The output stands [`GAP`] bytes behind the text.
//! Every call is synchronous and leaves nothing behind: no call can leak into another, and a call that trapped leaves
//! nothing that its successor on a fresh instance would miss.
//!
//! This is the one file of the client with unsafe code: exports by name, and the room, which is all of memory behind
//! what the linker placed. The module runs on one thread, and JavaScript never calls it while it runs.

#![allow(unsafe_code)]

use crate::codec::Naming;
use crate::codec::schema::Method;
use crate::codec::shape::put_shape;
use crate::codec::walk::Walker;
use crate::core::{answer, arguments, retry};
use core::alloc::{GlobalAlloc, Layout};

/// The size of a page of memory.
const PAGE: usize = 65_536;

/// What stands behind a text: zeros, so that whoever reads a word or two bytes at its end needs not look where it is.
const GAP: usize = 8;

/// A text in the room. Its places are addresses.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    start: usize,
    end: usize,
    all: core::marker::PhantomData<&'a [u8]>,
}

impl<'a> Text<'a> {
    pub(crate) fn start(self) -> usize {
        self.start
    }

    pub(crate) fn end(self) -> usize {
        self.end
    }

    /// The byte at a place; 0 at the end, behind which nobody reads: a scan goes on only over what is not 0, but for
    /// one byte behind a backslash.
    #[inline]
    pub(crate) fn byte(self, at: usize) -> u8 {
        // SAFETY: the place is in the text or in the gap behind it.
        unsafe { *(at as *const u8) }
    }

    /// Eight bytes, of which some may stand behind the end.
    #[inline]
    pub(crate) fn word(self, at: usize) -> Option<u64> {
        // SAFETY: the place is in the text, or one behind its end, and the output's room follows the gap.
        Some(unsafe { core::ptr::read_unaligned(at as *const u64) })
    }

    #[inline]
    pub(crate) fn between(self, from: usize, to: usize) -> &'a [u8] {
        // SAFETY: both are places of the text, in this order or with nothing between them.
        unsafe { core::slice::from_raw_parts(from as *const u8, to.saturating_sub(from)) }
    }

    /// Whether these bytes stand there. The end is none of them.
    #[inline]
    pub(crate) fn has(self, at: usize, bytes: &[u8]) -> bool {
        bytes.iter().enumerate().all(|(place, byte)| self.byte(at + place) == *byte)
    }
}

/// Bytes that grow up to the end of memory, and memory with them. There is one of them at a time.
pub(crate) struct Bytes {
    start: usize,
    end: usize,
}

impl Bytes {
    /// Makes room for so many more bytes, and traps if the machine has none.
    #[inline(never)]
    fn reserve(&mut self, more: usize) {
        let missing = (self.end + more).saturating_sub(core::arch::wasm32::memory_size(0) * PAGE);
        if missing > 0 && core::arch::wasm32::memory_grow(0, missing.div_ceil(PAGE)) == usize::MAX {
            core::arch::wasm32::unreachable()
        }
    }

    #[inline(never)]
    pub(crate) fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len() + GAP);
        let mut done = 0;
        while done < bytes.len() {
            let from = bytes.as_ptr() as usize + done;
            // Most runs are short, and a call to copy them would take longer. What is copied beyond the end is
            // written over by what comes next.
            //
            // SAFETY: there is room, to which nothing else refers; behind whatever is copied, memory goes on.
            unsafe {
                let word = core::ptr::read_unaligned(from as *const u64);
                core::ptr::write_unaligned((self.end + done) as *mut u64, word);
            }
            done += GAP;
        }
        self.end += bytes.len();
    }

    #[inline(never)]
    pub(crate) fn push(&mut self, byte: u8) {
        self.reserve(1);
        // SAFETY: as above.
        unsafe { *(self.end as *mut u8) = byte };
        self.end += 1;
    }

    pub(crate) fn pop(&mut self) {
        self.end -= 1;
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        self.end = self.end.min(self.start + length);
    }
}

impl core::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: so many bytes were written there.
        unsafe { core::slice::from_raw_parts(self.start as *const u8, self.end - self.start) }
    }
}

/// The contract crate's dependency on `alloc` asks for an allocator; nothing of it that a page's module calls
/// allocates.
struct NoMemory;

#[global_allocator]
static NO_MEMORY: NoMemory = NoMemory;

// SAFETY: it gives no memory at all.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

unsafe extern "C" {
    static __heap_base: u8;
}

/// Where the shell writes.
#[unsafe(no_mangle)]
extern "C" fn room() -> usize {
    // Only the address is taken; the linker defines it.
    core::ptr::addr_of!(__heap_base) as usize
}

/// What to do with a text.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Begin,
    Finish,
    Shape,
}

/// Runs a step over the text in the room, of which the first `key` bytes are a key.
#[inline(never)]
fn run(step: Step, operation: u32, length: usize, key: usize) -> i32 {
    let end = room() + length;
    let mut out = Bytes { start: end, end };
    out.extend_from_slice(&[0; GAP]);
    out.start = out.end;
    let text = Text { start: room() + key, end, all: core::marker::PhantomData };
    let mut walker = Walker::new(text, out, Naming::Js, step == Step::Begin, Method::numbered(operation));
    let fine = match step {
        // SAFETY: the shell wrote so many bytes there.
        Step::Begin => {
            arguments(&mut walker, unsafe { core::slice::from_raw_parts(room() as *const u8, key) })
        }
        Step::Finish => answer(&mut walker),
        Step::Shape => {
            put_shape(&mut walker.out, walker.method.response());
            true
        }
    };
    let length = walker.out.len() as i32;
    if fine { length } else { !length }
}

/// [`arguments`]: in the room stand `key` bytes of key and then the arguments' JSON, `length` bytes in all.
#[unsafe(no_mangle)]
extern "C" fn begin(operation: u32, length: usize, key: usize) -> i32 {
    run(Step::Begin, operation, length, key)
}

/// [`answer`]: in the room stands the answer's text.
#[unsafe(no_mangle)]
extern "C" fn finish(operation: u32, length: usize) -> i32 {
    run(Step::Finish, operation, length, 0)
}

/// [`put_shape`] of the method's answer.
#[unsafe(no_mangle)]
extern "C" fn shape(operation: u32) -> i32 {
    run(Step::Shape, operation, 0, 0)
}

/// [`retry::decide`]: milliseconds to wait, -1 to give up, -2 to say that the outcome is unknown.
#[unsafe(no_mangle)]
extern "C" fn retry(
    operation: u32,
    attempt: u32,
    status: u32,
    retryable: u32,
    retry_after_ms: f64,
    elapsed_ms: f64,
    deadline_ms: f64,
    budget: f64,
    random: f64,
) -> f64 {
    let failure = retry::Failure {
        operation,
        attempt,
        status: u16::try_from(status).unwrap_or(0),
        retryable: retryable != 0,
        retry_after_ms,
        elapsed_ms,
        deadline_ms,
        budget,
        random,
    };
    match retry::decide(&failure) {
        retry::Decision::Wait(ms) => ms,
        retry::Decision::GiveUp => -1.0,
        retry::Decision::OutcomeUnknown => -2.0,
    }
}
