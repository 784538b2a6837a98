#[inline(never)]
pub fn pick(index: usize) -> u8 {
    assert!(index != 7, "not this one");
    file!().as_bytes()[index]
}
