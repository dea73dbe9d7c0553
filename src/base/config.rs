//! Settings: `haven.toml` and environment variables, read once into values that cannot be wrong.
//! An unknown or wrong setting stops the start with one plain sentence; nothing here is a secret that is printed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

use super::ids::{IriError, Origin};

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
    /// The federation crate's own switch that turns address checks off.
    #[error("the variable DANGER_FEDERATION_ALLOW_LOCAL_IP is set: it would switch off address checks in a library; unset it")]
    UnsafeVariable,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    public_url: String,
    name: Option<String>,
    listen: SocketAddr,
    data_dir: PathBuf,
    database_url: Option<String>,
    metrics_listen: Option<SocketAddr>,
    open_federation: bool,
    loopback_federation: bool,
    log: String,
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
        }
    }
}

/// Longest name of an organisation, in characters.
const MAX_NAME: usize = 80;

/// Names of all settings, as in the file; the environment variable is `HAVEN_` and the name in capitals.
pub const SETTINGS: [&str; 9] =
    ["public_url", "name", "listen", "data_dir", "database_url", "metrics_listen", "open_federation", "loopback_federation", "log"];

/// Variables that begin with `HAVEN_` but are no settings.
const NOT_SETTINGS: [&str; 3] = ["config", "test_postgres", "test_browser"];

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
    /// Database file, media, keys.
    pub data_dir: PathBuf,
    /// Which database.
    pub database: DatabaseUrl,
    /// Where Prometheus metrics are served, if at all.
    pub metrics_listen: Option<SocketAddr>,
    /// Whether the reach *Everyone* exists.
    pub open_federation: bool,
    /// Whether http partners on 127.0.0.0/8 are allowed (tests and demo).
    pub loopback_federation: bool,
    /// Tracing filter.
    pub log: String,
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
        let figment =
            figment.merge(Env::prefixed("HAVEN_").filter(|key| !NOT_SETTINGS.contains(&key.as_str().to_ascii_lowercase().as_str())));
        let raw: Raw = figment.extract().map_err(|error| plain(&error))?;
        Self::check(raw)
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
        let database = match raw.database_url {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => DatabaseUrl::Postgres(url.into()),
            Some(url) if url.starts_with("sqlite:") => {
                DatabaseUrl::Sqlite(PathBuf::from(url.trim_start_matches("sqlite:").trim_start_matches("//")))
            }
            Some(_) => return Err(ConfigError::Unreadable("database_url must begin with postgres:// or sqlite:".to_owned())),
            None => DatabaseUrl::Sqlite(raw.data_dir.join("haven.db")),
        };
        let name = raw.name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        if name.as_ref().is_some_and(|name| name.chars().count() > MAX_NAME || name.chars().any(char::is_control)) {
            return Err(ConfigError::Name);
        }
        Ok(Self {
            name: name.unwrap_or_else(|| origin.host().to_owned()),
            origin,
            listen: raw.listen,
            data_dir: raw.data_dir,
            database,
            metrics_listen: raw.metrics_listen,
            open_federation: raw.open_federation,
            loopback_federation: raw.loopback_federation,
            log: raw.log,
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
    fn a_public_name_needs_https() {
        let error = with(|raw| raw.public_url = "http://herning.example".to_owned()).unwrap_err();
        assert!(matches!(error, ConfigError::NotHttps), "{error}");
        assert!(with(|raw| raw.public_url = "https://herning.example".to_owned()).is_ok());
        assert!(with(|raw| raw.public_url = "https://herning.example/path".to_owned()).is_err());
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
    fn a_misspelt_setting_is_named_with_a_suggestion() {
        let figment = Figment::from(Serialized::defaults(Raw::default())).merge(("public_ur", "https://a.example"));
        let error = figment.extract::<Raw>().map_err(|error| plain(&error)).unwrap_err();
        assert!(error.to_string().contains("did you mean \"public_url\""), "{error}");
    }
}
