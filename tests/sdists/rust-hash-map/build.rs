use std::collections::HashMap;

fn main() {
    let map: HashMap<u32, u32> = (0..64).map(|number| (number, number)).collect();
    let words: Vec<String> = map.keys().map(|number| number.to_string()).collect();
    println!("cargo:rustc-env=ORDER={}", words.join(" "));
}
