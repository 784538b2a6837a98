const USER: &str = match option_env!("USER") {
    Some(user) => user,
    None => "nobody",
};

#[no_mangle]
pub extern "C" fn user() -> *const u8 {
    USER.as_ptr()
}
