fn main() {
    println!("{} {}", file!(), std::env::args().count());
}
