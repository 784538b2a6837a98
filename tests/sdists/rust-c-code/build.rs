use std::{env, process::Command};

fn run(program: &str, arguments: &[&str]) {
    assert!(Command::new(program).args(arguments).status().unwrap().success());
}

fn main() {
    let out = env::var("OUT_DIR").unwrap();
    let source = format!("{}/place.c", env::var("CARGO_MANIFEST_DIR").unwrap());
    run("cc", &["-c", "-g", "-fPIC", &source, "-o", &format!("{out}/place.o")]);
    run("ar", &["crU", &format!("{out}/libplace.a"), &format!("{out}/place.o")]);
    println!("cargo:rustc-link-search=native={out}");
    println!("cargo:rustc-link-lib=static=place");
}
