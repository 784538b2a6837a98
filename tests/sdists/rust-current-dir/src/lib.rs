#[no_mangle]
pub extern "C" fn made() -> *const u8 {
    concat!(env!("MADE"), "\0").as_ptr()
}

#[no_mangle]
pub extern "C" fn program() -> *const u8 {
    concat!(env!("PROGRAM"), "\0").as_ptr()
}
