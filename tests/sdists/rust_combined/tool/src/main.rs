fn main() {
    println!("{}", number::value());
}
