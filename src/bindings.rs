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
use crate::core::{begin_or_report, finish_or_report, retry};
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

// SAFETY: blocks are cut from memory that nothing else uses (behind the linker's `__heap_base`), each behind the
// last, and are only taken back all at once by `input`, when no call is running and so no block is in use.
unsafe impl GlobalAlloc for State {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = (self.free.get() + layout.align() - 1) & !(layout.align() - 1);
        let Some(free) = start.checked_add(layout.size()) else { return core::ptr::null_mut() };
        if free > self.end.get() {
            let pages = (free - self.end.get()).div_ceil(PAGE);
            let old = core::arch::wasm32::memory_grow(0, pages);
            if old == usize::MAX {
                return core::ptr::null_mut();
            }
            self.end.set((old + pages) * PAGE);
        }
        self.free.set(free);
        start as *mut u8
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let start = block as usize;
        // The last block grows where it stands: an output that grows is nearly always the last.
        if start + layout.size() == self.free.get() {
            self.free.set(start);
        }
        // SAFETY: the caller's promises are those of `alloc`; the sizes are those of the two blocks.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !moved.is_null() && moved != block {
                core::ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
            }
            moved
        }
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
    // SAFETY: a size that overflows ends in a null pointer, on which the shell gives up.
    unsafe { STATE.alloc(Layout::from_size_align_unchecked(length, 1)) as usize }
}

/// What the shell wrote.
fn written(length: usize) -> &'static [u8] {
    // SAFETY: `input` gave the place of so many bytes, and nothing else was given it since.
    unsafe { core::slice::from_raw_parts(base() as *const u8, length) }
}

/// Leaves the output where it stands: nothing is cut from the arena before the shell has read it.
fn give(output: &[u8]) {
    STATE.output.set((output.as_ptr() as usize, output.len()));
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

/// [`begin_or_report`] with the arguments' JSON followed by `key` bytes of key. 1 and the request, or 0 and the problem.
#[unsafe(no_mangle)]
extern "C" fn begin_call(operation: u32, length: usize, key: usize) -> u32 {
    let (arguments, key) = written(length).split_at_checked(length.wrapping_sub(key)).unwrap_or_default();
    match begin_or_report(operation, arguments, key, Naming::Js) {
        Ok(request) => {
            give(request.text());
            1
        }
        Err(report) => {
            give(report.json());
            0
        }
    }
}

/// [`finish_or_report`] with the answer's text. 1 and the value, or 0 and the problem.
#[unsafe(no_mangle)]
extern "C" fn finish_call(operation: u32, status: u32, length: usize) -> u32 {
    match finish_or_report(operation, u16::try_from(status).unwrap_or(0), written(length), Naming::Js) {
        Ok(value) => {
            give(value.json());
            1
        }
        Err(report) => {
            give(report.json());
            0
        }
    }
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
