//! The register of processing (GDPR art. 30), written from the live configuration: what is really set, who really is a partner,
//! how long things are really kept. It names organisations and kinds, and of people only who signed the assessment of risks, as written down.

use serde::Serialize;

use super::{notice, objections, retention, store};
use crate::db::{Conn, DbError, Engine};
use crate::features::{accounts, assessments, consents};
use crate::federation::declaration::{self, Declaration};
use crate::federation::partners;
use crate::site::Site;
use crate::web::Words;

/// One heading with its paragraphs.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// Heading.
    pub title: String,
    /// Paragraphs.
    pub lines: Vec<String>,
}

/// A partner that receives data.
#[derive(Clone, Debug, Serialize)]
pub struct Recipient {
    /// What it calls itself.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Where the partnership stands.
    pub state: &'static str,
    /// What for.
    pub purpose: Option<String>,
    /// `separate`, `joint`, `processor`.
    pub role: Option<&'static str>,
    /// How many days it keeps a copy after its group ended.
    pub retention_days: Option<i64>,
    /// Where it is hosted.
    pub country: Option<String>,
    /// Who answers there.
    pub contact: Option<String>,
    /// Whether it promises receipts.
    pub receipts: bool,
}

/// How long one kind of thing is kept.
#[derive(Clone, Debug, Serialize)]
pub struct Kept {
    /// Its name.
    pub kind: &'static str,
    /// Days.
    pub days: i64,
    /// In words.
    pub words: String,
}

/// The register.
#[derive(Clone, Debug, Serialize)]
pub struct Register {
    /// When it was written.
    pub made: String,
    /// Name of the house.
    pub house: String,
    /// Its address.
    pub address: String,
    /// Who answers for data protection.
    pub contact: String,
    /// Where it is hosted.
    pub country: String,
    /// Whether a person of the house said that contact and country are true.
    pub declared: bool,
    /// Purposes, people, data, measures, in words.
    pub sections: Vec<Section>,
    /// Who receives data.
    pub recipients: Vec<Recipient>,
    /// How long what is kept.
    pub kept: Vec<Kept>,
    /// What has no number of days.
    pub kept_otherwise: Vec<String>,
}

fn recipient(partner: partners::Partner, said: Option<&Declaration>) -> Recipient {
    let (name, address, state, receipts) = (partner.name, partner.origin.to_string(), partner.state.as_str(), partner.handshake);
    Recipient {
        name,
        address,
        state,
        purpose: said.map(|said| said.purpose.clone()),
        role: said.map(|said| said.role.as_str()),
        retention_days: said.map(|said| said.retention_days),
        country: said.map(|said| said.country.clone()),
        contact: said.map(|said| said.contact.clone()),
        receipts,
    }
}

/// Writes the register as things are now.
///
/// # Errors
/// Database trouble.
pub async fn register(conn: &mut Conn, site: &Site, t: Words) -> Result<Register, DbError> {
    let ours = declaration::ours(conn).await?;
    let mut recipients = Vec::new();
    for partner in partners::list(conn).await? {
        let declared = declaration::of_partner(conn, &partner.id).await?;
        recipients.push(recipient(partner, declared.as_ref()));
    }
    let (here, sharing) = consents::declared(conn).await?;
    let rows = store::audit_rows(conn).await?;
    let lines = |keys: &[&str]| keys.iter().map(|key| t.say(key)).collect::<Vec<_>>();
    let mut measures =
        lines(&["takeout-register-measure-1", "takeout-register-measure-2", "takeout-register-measure-3", "takeout-register-measure-4"]);
    let https = site.config.origin.scheme() == "https";
    measures.push(t.say(if https { "takeout-register-https" } else { "takeout-register-http" }));
    measures.push(t.say(if conn.engine() == Engine::Sqlite { "takeout-register-sqlite" } else { "takeout-register-postgres" }));
    measures.push(t.say("takeout-register-closed"));
    measures.push(t.with("takeout-register-audit", &[("count", &rows)]));
    measures.push(t.with("takeout-register-confidentiality", &[("count", &accounts::without_promise(conn).await?)]));
    measures.extend(assessments::lines(conn, t).await?);
    measures.extend(lines(&["takeout-register-weak-1", "takeout-register-weak-2"]));
    let mut people = lines(&["takeout-register-people-1", "takeout-register-people-2"]);
    people.push(t.with("takeout-register-consents", &[("house", &here), ("share", &sharing)]));
    let (open, late) = objections::store::sums(conn, site.now()).await?;
    people.push(t.with("takeout-register-objections", &[("open", &open), ("late", &late)]));
    let mut kept = Vec::new();
    for line in retention::lines(conn).await? {
        let words = t.with(format!("takeout-kept-{}", line.kind.name), &[("span", &notice::span(t, line.days))]);
        kept.push(Kept { kind: line.kind.name, days: line.days, words });
    }
    let otherwise = retention::FIXED.iter().map(|name| t.say(format!("takeout-kept-{name}")));
    let numbered = |what: &str| (1..=5).map(|number| t.say(format!("takeout-register-{what}-{number}"))).collect::<Vec<_>>();
    let (purposes, data) = (numbered("purpose"), numbered("data"));
    Ok(Register {
        made: site.now().rfc3339(),
        house: site.house.name().to_string(),
        address: site.config.origin.to_string(),
        contact: ours.contact,
        country: ours.country,
        declared: ours.confirmed_at.is_some(),
        sections: vec![
            Section { title: t.say("takeout-register-purposes"), lines: purposes },
            Section { title: t.say("takeout-register-people"), lines: people },
            Section { title: t.say("takeout-register-data"), lines: data },
            Section { title: t.say("takeout-register-measures"), lines: measures },
        ],
        recipients,
        kept,
        kept_otherwise: otherwise.collect(),
    })
}

impl Recipient {
    /// The partner in one line.
    pub fn line(&self, t: Words) -> String {
        let unknown = || t.say("takeout-register-unknown");
        let role = self.role.map_or_else(unknown, |role| t.say(format!("takeout-role-{role}")));
        let (purpose, country) = (self.purpose.clone().unwrap_or_else(unknown), self.country.clone().unwrap_or_else(unknown));
        let contact = self.contact.clone().unwrap_or_else(unknown);
        let state = t.say(format!("takeout-partner-{}", self.state));
        let receipts = t.say(if self.receipts { "takeout-register-receipts" } else { "takeout-register-no-receipts" });
        let values = [
            ("name", self.name.as_str()),
            ("address", self.address.as_str()),
            ("state", state.as_str()),
            ("role", role.as_str()),
            ("purpose", purpose.as_str()),
            ("country", country.as_str()),
            ("contact", contact.as_str()),
            ("receipts", receipts.as_str()),
        ];
        t.with("takeout-register-recipient", &values)
    }
}

impl Register {
    /// As Markdown, for a file.
    pub fn markdown(&self, t: Words) -> String {
        let mut text = format!("# {}\n\n", t.say("takeout-register-title"));
        let mut put = |line: &str| {
            text.push_str(line);
            text.push('\n');
        };
        put(&t.with("takeout-register-house", &[("house", self.house.as_str()), ("address", self.address.as_str())]));
        put("");
        put(&t.with("takeout-register-contact", &[("contact", self.contact.as_str()), ("country", self.country.as_str())]));
        for section in &self.sections {
            put(&format!("\n## {}\n", section.title));
            section.lines.iter().for_each(|line| put(&format!("- {line}")));
        }
        put(&format!("\n## {}\n", t.say("takeout-register-recipients")));
        if self.recipients.is_empty() {
            put(&t.say("takeout-register-nobody"));
        }
        self.recipients.iter().for_each(|one| put(&format!("- {}", one.line(t))));
        put(&format!("\n## {}\n", t.say("takeout-register-kept")));
        self.kept_otherwise.iter().for_each(|line| put(&format!("- {line}")));
        self.kept.iter().for_each(|kept| put(&format!("- {}", kept.words)));
        put(&format!("\n{}", self.made));
        text
    }
}
