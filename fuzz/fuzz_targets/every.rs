//! Every target in one program; `FUZZ_TARGET` says which.
#![no_main]

use std::sync::LazyLock;

static CHOSEN: LazyLock<&'static haven_fuzz::Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    haven_fuzz::find(&name).unwrap_or_else(|| panic!("set FUZZ_TARGET to one of {}", haven_fuzz::names()))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| CHOSEN.run(data));
