"""Crates in the build lock: what sdists need of Rust, and how two locks differ in it."""
