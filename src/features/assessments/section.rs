//! The sections of the assessment and their words: a list, so that what comes later to be signed is one entry more. The words are
//! in the translations. Nothing here knows whether a section is signed.

use crate::web::Words;

/// One heading of a section, and how many sentences stand below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// End of the key of the heading; the sentences have the same key with `-1`, `-2` …
    name: &'static str,
    lines: usize,
}

/// A section of the assessment: one thing that stays shut until somebody answers for its risks.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its name in the table, in addresses and in the keys of its words (`assessments-<name>`, `assessments-<name>-what-1` …).
    pub name: &'static str,
    /// Number of its text. It grows when a text says something else than before, so that a signature is seen to be of an older
    /// one; a mended word is no new version.
    pub version: i64,
    pub(super) parts: &'static [Part],
}

/// Sharing groups with partner houses.
pub const PARTNERS: Section = Section {
    name: "partners",
    version: 1,
    parts: &[
        Part { name: "what", lines: 5 },
        Part { name: "why", lines: 3 },
        Part { name: "risks", lines: 7 },
        Part { name: "measures", lines: 8 },
        Part { name: "left", lines: 6 },
    ],
};

/// All sections, in the order of the page.
pub const SECTIONS: [Section; 1] = [PARTNERS];

/// A heading with its sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Paragraph {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
}

impl Section {
    /// The section of this name.
    pub fn parse(name: &str) -> Option<Self> {
        SECTIONS.into_iter().find(|section| section.name == name)
    }

    /// What it is called.
    pub fn title(&self, t: Words) -> String {
        t.say(format!("assessments-{}", self.name))
    }

    /// Its text, heading by heading.
    pub(super) fn text(&self, t: Words) -> Vec<Paragraph> {
        let say = |part: &Part, end: &str| t.say(format!("assessments-{}-{}{end}", self.name, part.name));
        let lines = |part: &Part| (1..=part.lines).map(|number| say(part, &format!("-{number}"))).collect();
        self.parts.iter().map(|part| Paragraph { title: say(part, ""), lines: lines(part) }).collect()
    }

    /// Its text as it is kept with a signature: one sentence a line, headings begin with `# `.
    pub(super) fn words(&self, t: Words) -> String {
        let mut all = vec![format!("# {}", self.title(t))];
        for Paragraph { title, lines } in self.text(t) {
            all.push(format!("# {title}"));
            all.extend(lines);
        }
        all.join("\n")
    }
}

/// Reads [`Section::words`] back; the first heading is the section's own and has no sentences.
pub(super) fn paragraphs(words: &str) -> Vec<Paragraph> {
    let mut all: Vec<Paragraph> = Vec::new();
    for line in words.lines() {
        match (line.strip_prefix("# "), all.last_mut()) {
            (Some(title), _) => all.push(Paragraph { title: title.to_owned(), lines: Vec::new() }),
            (None, Some(last)) => last.lines.push(line.to_owned()),
            (None, None) => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest;
    use data_encoding::HEXLOWER;

    use super::*;
    use crate::web::Lang;

    /// Name, version and digest of the words of each section in all languages. When words change, the digest here changes: think
    /// about whether the text now says something else, and give it the next version if so.
    const KNOWN: [(&str, i64, &str); 1] = [("partners", 1, "e4f24cdf65cc759cf40f608c498470d448c9b52e8fe2c125953768f8538e37e3")];

    #[test]
    fn every_sentence_is_there_in_every_language_and_there_is_none_besides() {
        for section in SECTIONS {
            for lang in Lang::ALL {
                let t = Words::new(lang);
                let text = section.text(t);
                for (part, paragraph) in section.parts.iter().zip(&text) {
                    let key = format!("assessments-{}-{}", section.name, part.name);
                    assert!(t.knows(&key), "{key}");
                    assert!((1..=part.lines).all(|number| t.knows(&format!("{key}-{number}"))), "{key}");
                    assert!(!t.knows(&format!("{key}-{}", part.lines + 1)), "{key} has a sentence that is never shown");
                    assert_eq!(paragraph.lines.len(), part.lines);
                }
                let kept = paragraphs(&section.words(t));
                assert_eq!(kept[0], Paragraph { title: section.title(t), lines: Vec::new() });
                assert_eq!(kept[1..], text, "what is kept can be read again");
            }
        }
    }

    #[test]
    fn a_text_that_changed_was_thought_about() {
        let now = SECTIONS.map(|section| {
            let words = Lang::ALL.map(|lang| section.words(Words::new(lang))).join("\n");
            (section.name, section.version, HEXLOWER.encode(digest::digest(&digest::SHA256, words.as_bytes()).as_ref()))
        });
        assert_eq!(now, KNOWN.map(|(name, version, hash)| (name, version, hash.to_owned())));
    }

    #[test]
    fn a_section_is_found_by_its_name() {
        assert_eq!(Section::parse("partners").map(|section| section.name), Some("partners"));
        assert!(Section::parse("Partners").is_none() && Section::parse("").is_none());
    }
}
