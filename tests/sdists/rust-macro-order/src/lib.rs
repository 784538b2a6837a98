#[no_mangle]
pub extern "C" fn order() -> *const u8 {
    maker::order!().as_ptr()
}
