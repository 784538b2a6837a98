#[no_mangle]
pub extern "C" fn order() -> *const u8 {
    concat!(env!("ORDER"), "\0").as_ptr()
}
