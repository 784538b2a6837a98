#[no_mangle]
pub extern "C" fn made() -> *const u8 {
    shared::place().as_ptr()
}
