pub fn value() -> u32 {
    if cfg!(feature = "loud") { 31 } else { 30 }
}
