use std::{env, fs, path::Path};

fn main() {
    let text = "pub fn place() -> &'static str {\n    concat!(file!(), \"\\0\")\n}\n";
    fs::write(Path::new(&env::var("OUT_DIR").unwrap()).join("made.rs"), text).unwrap();
}
