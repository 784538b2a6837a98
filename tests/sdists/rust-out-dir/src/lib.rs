include!(concat!(env!("OUT_DIR"), "/made.rs"));

#[no_mangle]
pub extern "C" fn place() -> *const u8 {
    made().as_ptr()
}

#[no_mangle]
pub extern "C" fn folder() -> *const u8 {
    concat!(env!("OUT_DIR"), "\0").as_ptr()
}
