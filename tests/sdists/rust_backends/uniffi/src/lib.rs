//! A stub of the crate that maturin knows bindings by.
