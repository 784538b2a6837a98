/// Returns what each crate gives, by its place in the list.
#[no_mangle]
pub extern "C" fn value(index: usize) -> u32 {
    [
        number::value(),
        newer::value(),
        shared::value(),
        patched::value(),
        chosen::value(),
        on_unix::value(),
        held::value(),
        maker::made!(),
        env!("HELPED").parse().unwrap(),
        env!("CARGO_PKG_VERSION_PATCH").parse().unwrap(),
    ][index]
}
