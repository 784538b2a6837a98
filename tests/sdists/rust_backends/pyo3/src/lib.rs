//! A stub of the crate that maturin and setuptools-rust know bindings by: as much of Python's C API as one module needs.
#![allow(non_snake_case)]

use std::ffi::{c_char, c_int, c_long, c_void};

/// The PyModuleDef of a Python that has a GIL.
#[repr(C)]
pub struct Definition {
    pub base: [isize; 5],
    pub name: *const c_char,
    pub doc: *const c_char,
    pub size: isize,
    pub rest: [*const c_void; 5],
}

extern "C" {
    pub fn PyModule_AddIntConstant(module: *mut c_void, name: *const c_char, value: c_long) -> c_int;
    pub fn PyModule_Create2(definition: *mut Definition, version: c_int) -> *mut c_void;
}
