#[no_mangle]
pub extern "C" fn sum(left: &[f32; 64], right: &mut [f32; 64]) {
    for (one, two) in left.iter().zip(right) {
        *two += one * 3.0;
    }
}
