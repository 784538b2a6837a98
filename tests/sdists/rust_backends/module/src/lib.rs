use pyo3::{Definition, PyModule_AddIntConstant, PyModule_Create2};

static mut DEFINITION: Definition = Definition {
    base: [1, 0, 0, 0, 0],
    name: b"module\0".as_ptr().cast(),
    doc: std::ptr::null(),
    size: -1,
    rest: [std::ptr::null(); 5],
};

/// Makes a module with one number; a panic in it would name this file.
#[no_mangle]
#[allow(non_snake_case)]
pub unsafe extern "C" fn PyInit_module() -> *mut std::ffi::c_void {
    let module = PyModule_Create2(std::ptr::addr_of_mut!(DEFINITION), 1013);
    let index = usize::from(module.is_null());
    PyModule_AddIntConstant(module, b"answer\0".as_ptr().cast(), std::hint::black_box(&[42, 43][..])[index]);
    module
}
