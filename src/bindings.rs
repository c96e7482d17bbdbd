//! The exports that the JavaScript shell calls: integers over one shared buffer.
//!
//! The shell asks for room ([`input`]), writes UTF-8 there, calls, and reads the output where [`output`] and
//! [`output_length`] say it stands, before it calls again. Every call is synchronous and leaves nothing behind, so
//! memory is an arena that the next [`input`] empties: no call can leak into another, and a call that trapped
//! leaves nothing that its successor on a fresh instance would miss.
//!
//! This is the one file of the client with unsafe code: exports by name, the arena, and the two slices that the
//! shell shares. The module runs on one thread, and JavaScript never calls it while it runs.

#![allow(unsafe_code)]

use crate::codec::Naming;
use crate::codec::schema::Endpoint;
use crate::codec::walk::Walker;
use crate::core::{begin_with, finish_with, retry};
use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;

/// The size of a page of memory.
const PAGE: usize = 65_536;

struct State {
    /// The first free byte.
    free: Cell<usize>,
    /// The end of memory.
    end: Cell<usize>,
    /// Where the output stands.
    output: Cell<(usize, usize)>,
}

// SAFETY: the module has one thread.
unsafe impl Sync for State {}

#[global_allocator]
static STATE: State = State { free: Cell::new(0), end: Cell::new(0), output: Cell::new((0, 0)) };

impl State {
    /// Cuts so many bytes from the arena, and traps if the machine has no more.
    #[inline(never)]
    fn take(&self, length: usize) -> usize {
        let start = self.free.get();
        let free = start.saturating_add(length);
        if free > self.end.get() {
            let pages = (free - self.end.get()).div_ceil(PAGE);
            let old = core::arch::wasm32::memory_grow(0, pages);
            if old == usize::MAX {
                core::arch::wasm32::unreachable()
            }
            self.end.set((old + pages) * PAGE);
        }
        self.free.set(free);
        start
    }
}

// The contract crate's dependency on `alloc` asks for an allocator; nothing of it that a page's module calls
// allocates.
//
// SAFETY: it gives no memory at all.
unsafe impl GlobalAlloc for State {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

/// Bytes that grow in the arena: what the core writes to. Of a `Vec` it has what the core needs, and none of the
/// code for what can't happen here, which would weigh as much as the walker. Nothing is freed before the arena is.
#[derive(Debug)]
pub(crate) struct Bytes {
    start: usize,
    length: usize,
    capacity: usize,
}

impl Bytes {
    pub(crate) const fn new() -> Self {
        Self { start: 1, length: 0, capacity: 0 }
    }

    pub(crate) fn with_capacity(capacity: usize) -> Self {
        let mut bytes = Self::new();
        bytes.reserve(capacity);
        bytes
    }

    /// Makes room for so many bytes behind those that are there.
    #[inline(never)]
    fn reserve(&mut self, more: usize) {
        let needed = self.length + more;
        if needed <= self.capacity {
            return;
        }
        let capacity = needed.max(self.capacity * 2);
        let last = self.capacity > 0 && self.start + self.capacity == STATE.free.get();
        let start = STATE.take(if last { capacity - self.capacity } else { capacity });
        if !last {
            // SAFETY: both blocks are the arena's, this one's own, and of these sizes at least.
            unsafe {
                core::ptr::copy_nonoverlapping(self.start as *const u8, start as *mut u8, self.length);
            }
            self.start = start;
        }
        self.capacity = capacity;
    }

    #[inline(never)]
    pub(crate) fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        let end = (self.start + self.length) as *mut u8;
        // SAFETY: `reserve` made room for so many bytes, which nothing else can refer to.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), end, bytes.len()) };
        self.length += bytes.len();
    }

    #[inline(never)]
    pub(crate) fn push(&mut self, byte: u8) {
        self.reserve(1);
        // SAFETY: as above.
        unsafe { *((self.start + self.length) as *mut u8) = byte };
        self.length += 1;
    }

    #[inline(never)]
    pub(crate) fn pop(&mut self) {
        self.length = self.length.saturating_sub(1);
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }
}

impl core::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: so many bytes were written there; a new one's place is of no use, and it has none.
        unsafe { core::slice::from_raw_parts(self.start as *const u8, self.length) }
    }
}

#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

unsafe extern "C" {
    static __heap_base: u8;
}

fn base() -> usize {
    // Only the address is taken; the linker defines it.
    core::ptr::addr_of!(__heap_base) as usize
}

/// Empties the arena and gives the place where the shell may write so many bytes.
#[unsafe(no_mangle)]
extern "C" fn input(length: usize) -> usize {
    STATE.free.set(base());
    STATE.end.set(core::arch::wasm32::memory_size(0) * PAGE);
    STATE.take(length)
}

/// What the shell wrote.
fn written(length: usize) -> &'static [u8] {
    // SAFETY: `input` gave the place of so many bytes, and nothing else was given it since.
    unsafe { core::slice::from_raw_parts(base() as *const u8, length) }
}

/// Runs a step and leaves its output where it stands: nothing is cut from the arena before the shell has read it.
fn run(
    operation: u32,
    text: &'static [u8],
    request: bool,
    step: impl FnOnce(&mut Walker<'static>) -> bool,
) -> u32 {
    let mut walker = Walker::new(text, Naming::Js, request, Endpoint::numbered(operation));
    let fine = step(&mut walker);
    let range = walker.output();
    STATE.output.set((walker.out.start + range.start, range.end - range.start));
    fine.into()
}

/// Where the output of the last call stands.
#[unsafe(no_mangle)]
extern "C" fn output() -> usize {
    STATE.output.get().0
}

/// How long it is.
#[unsafe(no_mangle)]
extern "C" fn output_length() -> usize {
    STATE.output.get().1
}

/// [`begin_with`] the arguments' JSON followed by `key` bytes of key. 1 and the request, or 0 and the problem.
#[unsafe(no_mangle)]
extern "C" fn begin_call(operation: u32, length: usize, key: usize) -> u32 {
    let (arguments, key) = written(length).split_at_checked(length.wrapping_sub(key)).unwrap_or_default();
    run(operation, arguments, true, |walker| begin_with(walker, key))
}

/// [`finish_with`] the answer's text. 1 and the value, or 0 and the problem.
#[unsafe(no_mangle)]
extern "C" fn finish_call(operation: u32, status: u32, length: usize) -> u32 {
    run(operation, written(length), false, |walker| finish_with(walker, status))
}

/// [`retry::decide`]: milliseconds to wait, -1 to give up, -2 to say that the outcome is unknown.
#[unsafe(no_mangle)]
extern "C" fn retry_call(
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
