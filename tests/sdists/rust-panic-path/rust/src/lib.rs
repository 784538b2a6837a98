#[no_mangle]
pub extern "C" fn place(index: usize) -> u8 {
    shared::pick(index)
}
