use std::env;

fn main() {
    println!("cargo:rustc-env=MADE={:?}", env::current_dir().unwrap());
    println!("cargo:rustc-env=PROGRAM={:?}", env::current_exe().unwrap());
}
