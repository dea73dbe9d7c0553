//! Settings: `haven.toml` and environment variables, read once into values that cannot be wrong.
//! An unknown or wrong setting stops the start with one plain sentence; nothing here is a secret that is printed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::crash::Plan;
use super::ids::{IriError, Origin};
use super::proxy::TrustedProxies;

/// Why the settings cannot be used. Each message is a sentence an admin can act on.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key that does not exist.
    #[error("the setting \"{name}\" does not exist{hint}")]
    Unknown {
        /// As written.
        name: String,
        /// ", did you mean …?" or nothing.
        hint: String,
    },
    /// A value that cannot be read.
    #[error("the settings cannot be read: {0}")]
    Unreadable(String),
    /// The file named by `--config` is not there.
    #[error("the settings file {0} does not exist")]
    NoFile(PathBuf),
    /// The public address cannot be used.
    #[error("HAVEN_PUBLIC_URL: {0}")]
    PublicUrl(#[from] IriError),
    /// The name is no name.
    #[error("HAVEN_NAME must be one line of at most 80 characters")]
    Name,
    /// Plain http on a public name.
    #[error("HAVEN_PUBLIC_URL must begin with https:// unless it is a loopback address; set it to the address people type")]
    NotHttps,
    /// Loopback federation on a public name.
    #[error("HAVEN_LOOPBACK_FEDERATION is for tests and the demo only: it needs a public URL on loopback or a .test name")]
    LoopbackFederation,
    /// Pages and metrics behind one door.
    #[error("HAVEN_METRICS_LISTEN must be another address than HAVEN_LISTEN: metrics are not for everybody")]
    OneDoor,
    /// A proxy that cannot be read.
    #[error("HAVEN_TRUSTED_PROXY must hold addresses or networks with commas between them, such as 127.0.0.1, 10.0.0.0/8")]
    TrustedProxy,
    /// No rate.
    #[error("HAVEN_PARTNER_RATE must be a number of requests per second, from 1 to 1000000")]
    PartnerRate,
    /// The federation crate's own switch that turns address checks off.
    #[error("the variable DANGER_FEDERATION_ALLOW_LOCAL_IP is set: it would switch off address checks in a library; unset it")]
    UnsafeVariable,
    /// A crash point outside tests.
    #[error("the variable CRASH_AT is set: it ends the program on purpose, and is for tests with HAVEN_LOOPBACK_FEDERATION only; unset it")]
    CrashInProduction,
    /// A crash point that does not exist.
    #[error("CRASH_AT must name a crash point and, after a colon, the passing at which to end, such as mid-fan-out:3")]
    CrashPoint,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    public_url: String,
    name: Option<String>,
    listen: SocketAddr,
    data_dir: PathBuf,
    database_url: Option<String>,
    #[serde(deserialize_with = "address_or_off")]
    metrics_listen: Option<SocketAddr>,
    #[serde(deserialize_with = "on_or_off")]
    open_federation: bool,
    #[serde(deserialize_with = "on_or_off")]
    loopback_federation: bool,
    log: String,
    key_file: Option<PathBuf>,
    trusted_proxy: Option<String>,
    partner_rate: u32,
}

/// A switch, as people write one in a file or a variable.
#[derive(Deserialize)]
#[serde(untagged)]
enum Switch {
    Plain(bool),
    Number(i64),
    Word(String),
}

fn on_or_off<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let written = match Switch::deserialize(deserializer)? {
        Switch::Plain(on) => Some(on),
        Switch::Number(number) => [false, true].into_iter().find(|on| i64::from(*on) == number),
        Switch::Word(word) => match word.trim().to_ascii_lowercase().as_str() {
            "on" | "yes" | "true" | "1" => Some(true),
            "" | "off" | "no" | "false" | "0" => Some(false),
            _ => None,
        },
    };
    written.ok_or_else(|| D::Error::custom("write on or off"))
}

fn address_or_off<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let word = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    match word.trim() {
        "" | "off" => Ok(None),
        address => address.parse().map(Some).map_err(|_| D::Error::custom("write an address and a port such as 127.0.0.1:9100, or off")),
    }
}

impl Default for Raw {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:8420".to_owned(),
            name: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8420)),
            data_dir: PathBuf::from("./haven-data"),
            database_url: None,
            metrics_listen: None,
            open_federation: false,
            loopback_federation: false,
            log: "info".to_owned(),
            key_file: None,
            trusted_proxy: None,
            partner_rate: 5000,
        }
    }
}

/// What is said where somebody switched open federation on.
pub const NO_OPEN_FEDERATION: &str = "HAVEN_OPEN_FEDERATION is on, but this version has no groups for everyone yet: the setting has no effect, and only partners read anything.";

/// Longest name of an organisation, in characters, in the settings and on the page.
pub const MAX_NAME: usize = 80;

/// Names of all settings, as in the file; the environment variable is `HAVEN_` and the name in capitals.
pub const SETTINGS: [&str; 12] = [
    "public_url",
    "name",
    "listen",
    "data_dir",
    "database_url",
    "metrics_listen",
    "open_federation",
    "loopback_federation",
    "log",
    "key_file",
    "trusted_proxy",
    "partner_rate",
];

/// Whether a variable that begins with `HAVEN_` is a setting: not the one that names the file, nor those of the tests.
fn is_setting(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name != "config" && name != "shared" && !name.starts_with("test_")
}

/// Which database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file of our own.
    Sqlite(PathBuf),
    /// `postgres://…`; may hold a password, so it is not printed.
    Postgres(super::Sensitive<String>),
}

/// The settings of one instance.
#[derive(Clone, Debug)]
pub struct Config {
    /// The instance's origin: the only authority it believes to be itself.
    pub origin: Origin,
    /// What the organisation calls itself, to its members and to its partners.
    pub name: String,
    /// Where the web server listens.
    pub listen: SocketAddr,
    /// Database file and keys.
    pub data_dir: PathBuf,
    /// Which database.
    pub database: DatabaseUrl,
    /// Where Prometheus metrics are served, if at all.
    pub metrics_listen: Option<SocketAddr>,
    /// Whether somebody wishes the reach *Everyone*. This version has none; it is only said that this has no effect.
    pub open_federation: bool,
    /// Whether http partners on 127.0.0.0/8 are allowed (tests and demo).
    pub loopback_federation: bool,
    /// Tracing filter.
    pub log: String,
    /// The file with the instance's key, under which private keys are sealed in the database.
    pub key_file: PathBuf,
    /// The proxies whose word about a client's address is believed.
    pub trusted_proxy: TrustedProxies,
    /// How many requests each second one partner may send in the long run.
    pub partner_rate: u32,
    /// Where a test wants the process to end; never set in production.
    pub crash_at: Option<Plan>,
}

impl Config {
    /// Reads the file (if there is one) and the environment.
    ///
    /// # Errors
    /// One sentence about the first thing that is wrong.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        if std::env::var_os("DANGER_FEDERATION_ALLOW_LOCAL_IP").is_some() {
            return Err(ConfigError::UnsafeVariable);
        }
        let mut figment = Figment::from(Serialized::defaults(Raw::default()));
        match file {
            Some(path) if path.is_file() => figment = figment.merge(Toml::file_exact(path)),
            Some(path) => return Err(ConfigError::NoFile(path.to_owned())),
            None if Path::new("haven.toml").is_file() => figment = figment.merge(Toml::file_exact("haven.toml")),
            None => {}
        }
        let figment = figment.merge(Env::prefixed("HAVEN_").filter(|key| is_setting(key.as_str())));
        let raw: Raw = figment.extract().map_err(|error| plain(&error))?;
        let mut config = Self::check(raw)?;
        if let Some(wanted) = std::env::var_os("CRASH_AT") {
            config.crash_at = Some(crash_point(&wanted.to_string_lossy(), config.loopback_federation)?);
        }
        Ok(config)
    }

    /// Reads the text of a settings file alone, without the environment (feature `fuzz`).
    ///
    /// # Errors
    /// As [`Config::load`].
    #[cfg(feature = "fuzz")]
    pub fn of_text(text: &str) -> Result<Self, ConfigError> {
        let figment = Figment::from(Serialized::defaults(Raw::default())).merge(Toml::string(text));
        Self::check(figment.extract().map_err(|error| plain(&error))?)
    }

    fn check(raw: Raw) -> Result<Self, ConfigError> {
        let origin = Origin::parse(&raw.public_url)?;
        let host = origin.host();
        let loopback = host == "localhost" || host == "[::1]" || is_loopback_v4(host);
        let test_name = host.rsplit('.').next() == Some("test");
        if origin.scheme() != "https" && !loopback && !(test_name && raw.loopback_federation) {
            return Err(ConfigError::NotHttps);
        }
        if raw.loopback_federation && !loopback && !test_name {
            return Err(ConfigError::LoopbackFederation);
        }
        if raw.metrics_listen.is_some_and(|metrics| one_door(metrics, raw.listen)) {
            return Err(ConfigError::OneDoor);
        }
        let database = match raw.database_url {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => DatabaseUrl::Postgres(url.into()),
            Some(url) if url.starts_with("sqlite:") => {
                let path = url.strip_prefix("sqlite:").unwrap_or(&url);
                DatabaseUrl::Sqlite(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
            }
            Some(_) => return Err(ConfigError::Unreadable("database_url must begin with postgres:// or sqlite:".to_owned())),
            None => DatabaseUrl::Sqlite(raw.data_dir.join("haven.db")),
        };
        let name = raw.name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        if name.as_ref().is_some_and(|name| name.chars().count() > MAX_NAME || name.chars().any(char::is_control)) {
            return Err(ConfigError::Name);
        }
        let trusted_proxy = TrustedProxies::parse(raw.trusted_proxy.as_deref().unwrap_or_default()).ok_or(ConfigError::TrustedProxy)?;
        if !(1..=1_000_000).contains(&raw.partner_rate) {
            return Err(ConfigError::PartnerRate);
        }
        Ok(Self {
            key_file: raw.key_file.unwrap_or_else(|| raw.data_dir.join("instance.key")),
            trusted_proxy,
            partner_rate: raw.partner_rate,
            name: name.unwrap_or_else(|| origin.host().to_owned()),
            origin,
            listen: raw.listen,
            data_dir: raw.data_dir,
            database,
            metrics_listen: raw.metrics_listen,
            open_federation: raw.open_federation,
            loopback_federation: raw.loopback_federation,
            log: raw.log,
            crash_at: None,
        })
    }

    /// Settings for one instance on loopback with federation to other loopback instances: the demo and tests.
    ///
    /// # Errors
    /// When the origin is not on loopback and not a `.test` name.
    pub fn loopback(origin: &str, listen: SocketAddr, data_dir: &Path) -> Result<Self, ConfigError> {
        Self::check(Raw {
            public_url: origin.to_owned(),
            listen,
            data_dir: data_dir.to_owned(),
            loopback_federation: true,
            ..Raw::default()
        })
    }
}

/// The crash point of `CRASH_AT`: for tests over loopback only, which no public address can have.
fn crash_point(wanted: &str, loopback: bool) -> Result<Plan, ConfigError> {
    if !loopback {
        return Err(ConfigError::CrashInProduction);
    }
    Plan::parse(wanted).ok_or(ConfigError::CrashPoint)
}

/// Whether both cannot be listened on at once: one port, on one address or on all of them.
fn one_door(one: SocketAddr, other: SocketAddr) -> bool {
    one.port() == other.port() && (one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified())
}

fn is_loopback_v4(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Turns the library's error into one sentence, with a suggestion for a misspelt name.
fn plain(error: &figment::Error) -> ConfigError {
    use figment::error::Kind;
    match &error.kind {
        Kind::UnknownField(name, _) => {
            let best = SETTINGS.iter().map(|known| (strsim::jaro_winkler(known, name), known)).max_by(|a, b| a.0.total_cmp(&b.0));
            let hint = best
                .filter(|(score, _)| *score > 0.75)
                .map_or_else(String::new, |(_, known)| format!("; did you mean \"{known}\" (HAVEN_{})?", known.to_ascii_uppercase()));
            ConfigError::Unknown { name: name.clone(), hint }
        }
        kind => {
            let place = error.path.join(".");
            ConfigError::Unreadable(if place.is_empty() { kind.to_string() } else { format!("{place}: {kind}") })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut Raw)) -> Result<Config, ConfigError> {
        let mut raw = Raw::default();
        change(&mut raw);
        Config::check(raw)
    }

    #[test]
    fn the_defaults_are_good() {
        let config = with(|_| {}).unwrap();
        assert_eq!(config.origin.as_str(), "http://localhost:8420");
        assert_eq!(config.name, "localhost");
        assert_eq!(config.database, DatabaseUrl::Sqlite(PathBuf::from("./haven-data/haven.db")));
    }

    #[test]
    fn a_switch_is_written_as_people_write_it() {
        let read = |text: &str| -> Result<Raw, ConfigError> {
            Figment::from(Serialized::defaults(Raw::default())).merge(Toml::string(text)).extract().map_err(|error| plain(&error))
        };
        for (written, on) in [
            ("true", true),
            ("false", false),
            ("1", true),
            ("0", false),
            ("\"on\"", true),
            ("\"Off\"", false),
            ("\"yes\"", true),
            ("\"1\"", true),
            ("\"0\"", false),
            ("\"\"", false),
        ] {
            let raw = read(&format!("open_federation = {written}\nloopback_federation = {written}")).unwrap();
            assert_eq!((raw.open_federation, raw.loopback_federation), (on, on), "{written}");
        }
        for wrong in ["open_federation = \"perhaps\"", "open_federation = 2", "metrics_listen = \"here\""] {
            let said = read(wrong).unwrap_err().to_string();
            assert!(said.contains("write "), "{said}");
        }
        assert_eq!(read("metrics_listen = \"off\"").unwrap().metrics_listen, None);
        assert_eq!(read("metrics_listen = \"127.0.0.1:9100\"").unwrap().metrics_listen, Some(([127, 0, 0, 1], 9100).into()));
        let error = with(|raw| raw.metrics_listen = Some(raw.listen)).unwrap_err();
        assert!(matches!(error, ConfigError::OneDoor), "{error}");
        let error = with(|raw| raw.metrics_listen = Some(([0, 0, 0, 0], raw.listen.port()).into())).unwrap_err();
        assert!(matches!(error, ConfigError::OneDoor), "every address is also this one: {error}");
        assert!(with(|raw| raw.metrics_listen = Some(([127, 0, 0, 2], raw.listen.port()).into())).is_ok());
        assert_eq!(read("metrics_listen = \"\"").unwrap().metrics_listen, None);
        for name in ["test_seeds", "TEST_BINARY", "config", "shared"] {
            assert!(!is_setting(name), "{name}");
        }
        for (url, path) in
            [("sqlite:a.db", "a.db"), ("sqlite://a.db", "a.db"), ("sqlite:///var/a.db", "/var/a.db"), ("sqlite:////var/a.db", "//var/a.db")]
        {
            let config = with(|raw| raw.database_url = Some(url.to_owned())).unwrap();
            assert_eq!(config.database, DatabaseUrl::Sqlite(PathBuf::from(path)), "{url}");
        }
    }

    #[test]
    fn a_public_name_needs_https() {
        let error = with(|raw| raw.public_url = "http://herning.example".to_owned()).unwrap_err();
        assert!(matches!(error, ConfigError::NotHttps), "{error}");
        assert!(with(|raw| raw.public_url = "https://herning.example".to_owned()).is_ok());
        assert!(with(|raw| raw.public_url = "https://herning.example/path".to_owned()).is_err());
    }

    #[test]
    fn keys_proxies_and_rates_are_read_or_refused_with_a_sentence() {
        let config = with(|raw| raw.data_dir = PathBuf::from("/var/lib/haven")).unwrap();
        assert_eq!(config.key_file, PathBuf::from("/var/lib/haven/instance.key"));
        assert_eq!((config.trusted_proxy, config.partner_rate), (TrustedProxies::default(), 5000));
        assert!(with(|raw| raw.trusted_proxy = Some("127.0.0.1, 10.0.0.0/8".to_owned())).is_ok());
        assert!(matches!(with(|raw| raw.trusted_proxy = Some("everybody".to_owned())), Err(ConfigError::TrustedProxy)));
        assert!(matches!(with(|raw| raw.partner_rate = 0), Err(ConfigError::PartnerRate)));
    }

    #[test]
    fn a_name_is_one_short_line() {
        let named = |name: &str| with(|raw| raw.name = Some(name.to_owned())).map(|config| config.name);
        assert_eq!(named(" Herning ").unwrap(), "Herning");
        assert_eq!(named("  ").unwrap(), "localhost");
        assert!(matches!(named("Her\nning"), Err(ConfigError::Name)));
        assert!(matches!(named(&"x".repeat(81)), Err(ConfigError::Name)));
    }

    #[test]
    fn loopback_federation_is_refused_on_a_public_name() {
        let loopback = |url: &str| {
            with(|raw| {
                raw.public_url = url.to_owned();
                raw.loopback_federation = true;
            })
        };
        assert!(matches!(loopback("https://herning.example"), Err(ConfigError::LoopbackFederation)));
        assert!(loopback("http://127.0.0.1:8421").is_ok());
        assert!(loopback("http://veld.test").is_ok());
        assert!(matches!(loopback("https://127.0.0.1.evil.example"), Err(ConfigError::LoopbackFederation)));
    }

    #[test]
    fn a_crash_point_is_for_tests_over_loopback() {
        assert!(matches!(crash_point("mid-erase", false), Err(ConfigError::CrashInProduction)));
        assert!(matches!(crash_point("nowhere", true), Err(ConfigError::CrashPoint)));
        assert_eq!(crash_point("mid-erase:2", true).ok(), Plan::parse("mid-erase:2"));
        assert_eq!(with(|_| {}).unwrap().crash_at, None);
    }

    #[test]
    fn a_misspelt_setting_is_named_with_a_suggestion() {
        let figment = Figment::from(Serialized::defaults(Raw::default())).merge(("public_ur", "https://a.example"));
        let error = figment.extract::<Raw>().map_err(|error| plain(&error)).unwrap_err();
        assert!(error.to_string().contains("did you mean \"public_url\""), "{error}");
    }
}
