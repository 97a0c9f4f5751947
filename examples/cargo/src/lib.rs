//! A sum, of which the inner loop is C.

mod c {
    extern "C" {
        pub fn sum(values: *const i32, count: usize) -> i64;
    }
}

/// The sum of `values`.
pub fn sum(values: &[i32]) -> i64 {
    unsafe { c::sum(values.as_ptr(), values.len()) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        assert_eq!(super::sum(&[1, 2, 3]), 6 + super::sum(&[0; 3]));
    }
}
