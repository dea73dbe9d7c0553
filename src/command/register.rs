//! The register of processing (GDPR art. 30) on standard output, from the live configuration.

use clap::Args;
use haven::base::config::Config;
use haven::features::takeout;
use haven::web::{Lang, Words};
use serde::Serialize;

use super::failure::Failure;
use super::opened;
use super::out::{Out, Said};

/// What can be said.
#[derive(Args)]
pub struct Register {
    /// Language: en, nl or da.
    #[arg(long, default_value = "en")]
    lang: String,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Whole {
    register: takeout::Register,
    #[serde(skip)]
    lang: Lang,
}

impl Said for Whole {
    fn plain(&self) -> String {
        self.register.markdown(Words::new(self.lang))
    }
}

impl Register {
    /// Prints it.
    ///
    /// # Errors
    /// One sentence.
    pub async fn run(self, config: Config, out: &Out) -> Result<(), Failure> {
        let lang = Lang::parse(&self.lang).ok_or_else(|| Failure::usage("the language is en, nl or da"))?;
        let site = opened::site(config).await?;
        let mut conn = site.db.read().await?;
        let register = takeout::register(&mut conn, &site, Words::new(lang)).await?;
        out.say(&Whole { register, lang })
    }
}
