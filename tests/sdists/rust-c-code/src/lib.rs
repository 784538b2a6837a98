extern "C" {
    fn place() -> *const u8;
}

#[no_mangle]
pub extern "C" fn made() -> *const u8 {
    unsafe { place() }
}
