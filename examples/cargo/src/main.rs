fn main() {
    let values: Vec<i32> = (1..=10).collect();
    println!("{}", mixed::sum(&values));
}
