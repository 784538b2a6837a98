#[no_mangle]
pub extern "C" fn add(left: u32, right: u32) -> u32 {
    left.wrapping_mul(3).wrapping_add(right)
}
