//! `SafeHtml`: only the sanitizer makes one (threats R16).

use haven::base::html::{self, SafeHtml};

fn from<A, B: From<A>>() {}

fn parsed<T: std::str::FromStr>() {}

fn deserialised<T: for<'de> serde::Deserialize<'de>>() {}

fn text_is_not_clean(text: String) {
    let _: SafeHtml = html::clean(&text);
    let _ = SafeHtml(text); //~ E0423
    let _ = SafeHtml { 0: text }; //~ E0451
    let _: SafeHtml = text; //~ E0308
}

fn it_comes_from_nothing_else() {
    from::<String, SafeHtml>(); //~ E0277
    from::<&str, SafeHtml>(); //~ E0277
    parsed::<SafeHtml>(); //~ E0277
    deserialised::<SafeHtml>(); //~ E0277
}

fn clean_text_stays_clean(mut html: SafeHtml) {
    let _ = html.as_str();
    html.0.push_str("<script>"); //~ E0616
    html.push_str("<script>"); //~ E0599
}
