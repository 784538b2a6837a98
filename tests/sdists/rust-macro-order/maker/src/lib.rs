use proc_macro::TokenStream;
use std::collections::HashMap;

#[proc_macro]
pub fn order(_: TokenStream) -> TokenStream {
    let map: HashMap<u32, u32> = (0..64).map(|number| (number, number)).collect();
    let words: Vec<String> = map.keys().map(|number| number.to_string()).collect();
    format!("\"{}\\0\"", words.join(" ")).parse().unwrap()
}
