//! The one instruction that safe Rust has no word for.

/// Tells the processor that `place` will be read soon.
#[expect(
    unsafe_code,
    reason = "a prefetch changes no value and faults on no address; the intrinsic is unsafe only \
              because it takes a raw pointer"
)]
#[inline]
pub(crate) fn prefetch<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the address comes from a reference, and a prefetch reads nothing.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(place).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
