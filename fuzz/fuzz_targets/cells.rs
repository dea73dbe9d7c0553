#![no_main]
haven_fuzz::program!("cells");
