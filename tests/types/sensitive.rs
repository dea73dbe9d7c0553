//! `Sensitive<T>`: what must not be printed cannot be (threats R24).

use haven::base::Sensitive;

fn serialised<T: serde::Serialize>() {}

fn shown<T: std::fmt::Display>() {}

fn lent<T: AsRef<str>>() {}

fn it_is_not_printed(secret: Sensitive<String>) {
    // There is a `Debug`, which says "(kept back)": a struct with a secret in it can still be looked at.
    let _ = format!("{secret:?}");
    let _ = format!("{secret}"); //~ E0277
    let _ = secret.to_string(); //~ E0599
    shown::<Sensitive<u64>>(); //~ E0277
}

fn it_is_not_written() {
    serialised::<Sensitive<String>>(); //~ E0277
    serialised::<(u8, Option<Sensitive<u64>>)>(); //~ E0277
}

fn it_is_not_taken_for_its_value(secret: Sensitive<String>) {
    let _: &String = secret.reveal();
    let _ = secret.0; //~ E0616
    let _ = secret.len(); //~ E0599
    let _: &str = &secret; //~ E0308
    lent::<Sensitive<String>>(); //~ E0277
}
