#![no_main]
haven_fuzz::program!("collection");
