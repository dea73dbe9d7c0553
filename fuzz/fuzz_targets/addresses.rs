#![no_main]
haven_fuzz::program!("addresses");
