#[no_mangle]
pub extern "C" fn made() -> *const u8 {
    concat!(env!("MADE"), "\0").as_ptr()
}
