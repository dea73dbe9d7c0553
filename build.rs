//! Tells cargo that the migrations are part of the binary, so that a changed file is embedded again.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
