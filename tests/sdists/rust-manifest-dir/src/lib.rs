#[no_mangle]
pub extern "C" fn place() -> *const u8 {
    concat!(env!("CARGO_MANIFEST_DIR"), "\0").as_ptr()
}
