fn main() {
    println!("cargo:rustc-env=HELPED={}", helper::value());
}
