//! Every word a visitor sees, from the `.ftl` files of this folder and of the features, in three languages.
//! Numbers and dates are written here. It never fails: a missing key shows its English text, and failing that its own name.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::types::FluentNumber;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rust_embed::RustEmbed;

use super::language::Lang;
use crate::base::Timestamp;

/// All translations, found by their ending: `src/web/words/nl.ftl`, `src/features/groups/words/nl.ftl` …
#[derive(RustEmbed)]
#[folder = "src"]
#[include = "**/*.ftl"]
struct Files;

type Bundle = FluentBundle<FluentResource>;

struct Dictionary {
    bundles: [Bundle; 3],
}

static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(Dictionary::read);

/// Central European time, as the three languages' countries keep it: an hour ahead of UTC, two in summer.
static ZONE: LazyLock<jiff::tz::TimeZone> =
    LazyLock::new(|| jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap_or(jiff::tz::TimeZone::UTC));

impl Dictionary {
    fn read() -> Self {
        Self { bundles: Lang::ALL.map(bundle) }
    }

    fn of(&self, lang: Lang) -> &Bundle {
        let [en, nl, da] = &self.bundles;
        match lang {
            Lang::En => en,
            Lang::Nl => nl,
            Lang::Da => da,
        }
    }
}

fn bundle(lang: Lang) -> Bundle {
    let id = lang.code().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![id]);
    // Direction marks around values would be found again in copied text; `clean` takes direction tricks out of values instead.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match lang {
        Lang::En => |value, _| written(value, Lang::En),
        Lang::Nl => |value, _| written(value, Lang::Nl),
        Lang::Da => |value, _| written(value, Lang::Da),
    }));
    for (path, text) in sources(lang) {
        let resource = match FluentResource::try_new(text) {
            Ok(resource) => resource,
            Err((resource, errors)) => {
                tracing::error!(file = %path, count = errors.len(), "words cannot be read");
                resource
            }
        };
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(file = %path, count = errors.len(), "words exist twice");
        }
    }
    bundle
}

/// Path and text of every file of words in one language, in a fixed order.
pub(super) fn sources(lang: Lang) -> Vec<(String, String)> {
    let ending = format!("/words/{}.ftl", lang.code());
    let mut paths: Vec<_> = Files::iter().filter(|path| path.ends_with(&ending)).collect();
    paths.sort();
    let read =
        |path: Cow<'static, str>| Files::get(&path).map(|file| (path.into_owned(), String::from_utf8_lossy(&file.data).into_owned()));
    paths.into_iter().filter_map(read).collect()
}

fn written(value: &FluentValue<'_>, lang: Lang) -> Option<String> {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "made from an i64 in `Value::fluent`")]
        FluentValue::Number(number) if number.options.use_grouping => Some(grouped(number.value as i64, lang)),
        _ => None,
    }
}

/// A whole number with its thousands apart from 10,000 on: `12,345` in English, `12.345` in Dutch and Danish.
fn grouped(number: i64, lang: Lang) -> String {
    let digits = number.unsigned_abs().to_string();
    let sign = if number < 0 { "−" } else { "" };
    let mark = if lang == Lang::En { ',' } else { '.' };
    let mut text = sign.to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len() > 4 && (digits.len() - at).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}

/// What can be put into a sentence: text and whole numbers. A number also chooses between "one" and "other".
pub trait Value {
    /// The value as Fluent takes it.
    fn fluent(&self) -> FluentValue<'static>;
}

impl Value for str {
    fn fluent(&self) -> FluentValue<'static> {
        match self.parse::<i64>() {
            // "3" may choose a plural, and is printed as it was typed.
            Ok(number) if number.to_string() == self && number.abs() < 1_000_000_000 => plain_number(number, false),
            _ => FluentValue::String(Cow::Owned(clean(self))),
        }
    }
}

impl Value for String {
    fn fluent(&self) -> FluentValue<'static> {
        self.as_str().fluent()
    }
}

impl Value for Cow<'_, str> {
    fn fluent(&self) -> FluentValue<'static> {
        self.as_ref().fluent()
    }
}

impl<T: Value + ?Sized> Value for &T {
    fn fluent(&self) -> FluentValue<'static> {
        (**self).fluent()
    }
}

macro_rules! whole_numbers {
    ($($number:ty),*) => { $(
        impl Value for $number {
            fn fluent(&self) -> FluentValue<'static> {
                plain_number(i64::try_from(*self).unwrap_or(i64::MAX), true)
            }
        }
    )* };
}
whole_numbers!(i64, i32, i16, u64, u32, u16, usize);

/// Names and values for one sentence: `&[("name", value), …]`. Templates add references of their own, so any number of them will do.
pub trait Values {
    /// Adds them.
    fn put(&self, args: &mut FluentArgs<'static>);
}

impl<K: AsRef<str>, V: Value> Values for &[(K, V)] {
    fn put(&self, args: &mut FluentArgs<'static>) {
        for (name, value) in *self {
            args.set(name.as_ref().to_owned(), value.fluent());
        }
    }
}

impl<K: AsRef<str>, V: Value, const N: usize> Values for &[(K, V); N] {
    fn put(&self, args: &mut FluentArgs<'static>) {
        self.as_slice().put(args);
    }
}

impl<T: Values> Values for &T {
    fn put(&self, args: &mut FluentArgs<'static>) {
        (**self).put(args);
    }
}

/// A moment, or any reference to one, as templates pass it.
pub trait Moment {
    /// The moment itself.
    fn moment(&self) -> Timestamp;
}

impl Moment for Timestamp {
    fn moment(&self) -> Timestamp {
        *self
    }
}

impl<T: Moment> Moment for &T {
    fn moment(&self) -> Timestamp {
        (**self).moment()
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts on a page are far below 2^52")]
fn plain_number(number: i64, grouped: bool) -> FluentValue<'static> {
    let mut value = FluentNumber::from(number as f64);
    value.options.use_grouping = grouped;
    FluentValue::Number(value)
}

/// Without the characters that turn the direction of writing around (threats WEB-26).
fn clean(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')).collect()
}

/// The words of one language. Small and copied freely; templates call it `shell.t`.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    lang: Lang,
}

impl Words {
    /// The words of `lang`.
    pub const fn new(lang: Lang) -> Self {
        Self { lang }
    }

    /// Which language these are.
    pub const fn lang(self) -> Lang {
        self.lang
    }

    /// Whether there is a sentence of this name in any language.
    pub fn knows(self, key: &str) -> bool {
        DICTIONARY.of(Lang::En).get_message(key).is_some_and(|message| message.value().is_some())
    }

    /// The sentence called `key`.
    pub fn say(self, key: impl AsRef<str>) -> String {
        self.find(key.as_ref(), None)
    }

    /// The sentence called `key` with values put in: `t.with("groups-people", &[("count", 12)])`.
    /// Values of different kinds: `&[("name", &name as &dyn Value), ("count", &count)]`.
    pub fn with(self, key: impl AsRef<str>, values: impl Values) -> String {
        let mut args = FluentArgs::new();
        values.put(&mut args);
        self.find(key.as_ref(), Some(&args))
    }

    fn find(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        for lang in [self.lang, Lang::En] {
            let bundle = DICTIONARY.of(lang);
            if let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) {
                let mut errors = Vec::new();
                return bundle.format_pattern(pattern, args, &mut errors).into_owned();
            }
        }
        key.to_owned()
    }

    /// A day: `3 March 2026`, `3 maart 2026`, `3. marts 2026`.
    pub fn date(self, at: impl Moment) -> String {
        let here = local(at.moment());
        let dot = if self.lang == Lang::Da { "." } else { "" };
        format!("{}{dot} {} {}", here.day(), self.month(here.month()), here.year())
    }

    /// A day and a time: `3 March 2026, 14:05`; in Danish `3. marts 2026 kl. 14.05`.
    pub fn date_time(self, at: impl Moment) -> String {
        let joint = if self.lang == Lang::Da { "" } else { "," };
        format!("{}{joint} {}", self.date(at.moment()), self.time(at.moment()))
    }

    /// A time of day: `14:05`; in Danish `kl. 14.05`.
    pub fn time(self, at: impl Moment) -> String {
        let here = local(at.moment());
        let (hour, minute) = (here.hour(), here.minute());
        if self.lang == Lang::Da { format!("kl. {hour:02}.{minute:02}") } else { format!("{hour:02}:{minute:02}") }
    }

    /// A whole number as it is written in this language.
    pub fn number(self, number: impl Value) -> String {
        match number.fluent() {
            #[expect(clippy::cast_possible_truncation, reason = "made from an i64 in `Value::fluent`")]
            FluentValue::Number(number) => grouped(number.value as i64, self.lang),
            FluentValue::String(text) => text.into_owned(),
            _ => String::new(),
        }
    }

    fn month(self, month: i8) -> &'static str {
        const EN: [&str; 12] =
            ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
        const NL: [&str; 12] =
            ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"];
        const DA: [&str; 12] =
            ["januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december"];
        let names = match self.lang {
            Lang::En => EN,
            Lang::Nl => NL,
            Lang::Da => DA,
        };
        usize::try_from(month).ok().and_then(|month| names.get(month.checked_sub(1)?).copied()).unwrap_or_default()
    }
}

fn local(at: Timestamp) -> jiff::Zoned {
    at.civil().with_time_zone(ZONE.clone())
}

/// The day of the week (Monday: 0) and the minute of the day on the wall here.
pub fn day_and_minute(at: Timestamp) -> (u8, u16) {
    let here = local(at);
    let day = u8::try_from(here.weekday().to_monday_zero_offset()).unwrap_or(0);
    let minute = u16::try_from(i32::from(here.hour()) * 60 + i32::from(here.minute())).unwrap_or(0);
    (day, minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: [Words; 3] = [Words::new(Lang::En), Words::new(Lang::Nl), Words::new(Lang::Da)];

    #[test]
    fn days_and_times_are_written_as_people_write_them() {
        let winter = Timestamp::parse_rfc3339("2026-03-03T13:05:00Z").unwrap();
        let [en, nl, da] = EVERY.map(|t| t.date_time(winter));
        assert_eq!((en.as_str(), nl.as_str(), da.as_str()), ("3 March 2026, 14:05", "3 maart 2026, 14:05", "3. marts 2026 kl. 14.05"));
        let summer_night = Timestamp::parse_rfc3339("2026-06-30T22:30:00Z").unwrap();
        assert_eq!(EVERY[0].date_time(summer_night), "1 July 2026, 00:30");
        assert_eq!(EVERY.map(|t| t.date(winter)), ["3 March 2026", "3 maart 2026", "3. marts 2026"]);
    }

    #[test]
    fn thousands_stand_apart() {
        let [en, nl, da] = EVERY;
        assert_eq!((en.number(1234), en.number(12345), en.number(-1_234_567)), ("1234".into(), "12,345".into(), "−1,234,567".into()));
        assert_eq!((nl.number(12345), da.number(999)), ("12.345".into(), "999".into()));
    }

    #[test]
    fn a_missing_key_shows_itself_and_never_fails() {
        assert_eq!(EVERY[1].say("web-no-such-key"), "web-no-such-key");
        assert!(!EVERY[1].knows("web-no-such-key"));
    }

    #[test]
    fn values_choose_plurals_and_lose_direction_tricks() {
        let resource =
            FluentResource::try_new("a = { $n ->\n [one] one {$n}\n *[other] many {$n}\n }\nb = Hello {$name}".to_owned()).unwrap();
        let mut test = Bundle::new_concurrent(vec!["en".parse().unwrap()]);
        test.set_use_isolating(false);
        test.set_formatter(Some(|value, _| written(value, Lang::En)));
        test.add_resource(resource).unwrap();
        let say = |key: &str, name: &str, value: &dyn Value| {
            let mut args = FluentArgs::new();
            args.set(name.to_owned(), value.fluent());
            test.format_pattern(test.get_message(key).unwrap().value().unwrap(), Some(&args), &mut vec![]).into_owned()
        };
        assert_eq!(say("a", "n", &1), "one 1");
        assert_eq!(say("a", "n", &"1"), "one 1");
        assert_eq!(say("a", "n", &12_000), "many 12,000");
        assert_eq!(say("b", "name", &"12000"), "Hello 12000");
        assert_eq!(say("b", "name", &"007"), "Hello 007");
        assert_eq!(say("b", "name", &"Fern\u{202e}!"), "Hello Fern!");
    }
}
