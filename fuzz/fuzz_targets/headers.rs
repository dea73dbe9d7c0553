#![no_main]
haven_fuzz::program!("headers");
