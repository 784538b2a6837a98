pub fn value() -> u32 { 40 }
