//! What the field macros of `web/fields.html` take: choices, and the errors of a form that comes back.
//! A form that comes back keeps what was typed and says at the field what to change.

/// One of several answers in a list, a group of radio buttons or of tick boxes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub text: String,
    /// A sentence below it; may be empty.
    pub hint: String,
    /// Whether it is chosen when the page opens.
    pub chosen: bool,
}

impl Choice {
    /// A choice that is not chosen.
    pub fn new(value: impl Into<String>, text: impl Into<String>) -> Self {
        Self { value: value.into(), text: text.into(), ..Self::default() }
    }

    /// With a sentence below it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Chosen when `chosen`.
    #[must_use]
    pub fn chosen_if(mut self, chosen: bool) -> Self {
        self.chosen = chosen;
        self
    }
}

/// The id of a field in the page: the given one, else `f-` and its name. The field macros ask this.
pub fn field_id(name: &str, given: &str) -> String {
    if given.is_empty() { format!("f-{name}") } else { given.to_owned() }
}

/// What is wrong in a form, field by field, as sentences in the visitor's language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors(Vec<(&'static str, String)>);

impl Errors {
    /// Nothing wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// Says what is wrong with `field`. The first sentence about a field stays.
    pub fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        if self.get(field).is_empty() {
            self.0.push((field, sentence.into()));
        }
    }

    /// The sentence about `field`, or nothing.
    pub fn get(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| *name == field).map_or("", |(_, sentence)| sentence)
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All, in the order they were found.
    pub fn all(&self) -> &[(&'static str, String)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::*;
    use crate::web::{Lang, Words};

    #[derive(Template)]
    #[template(
        ext = "html",
        source = r#"{% import "web/fields.html" as field %}{% call field::summary(t, errors) %}{% endcall %}
{% call field::text(t, "name", "web-menu-me", name, error=errors.get("name"), hint="web-foot", max=40) %}{% endcall %}
{% call field::text(t, "word", "web-menu-home", "", kind="password", autocomplete="current-password", required=false) %}{% endcall %}
{% call field::area(t, "text", "web-menu-groups", name) %}{% endcall %}
{% call field::select(t, "day", "web-menu-home", choices, hint="web-foot") %}{% endcall %}
{% call field::radios(t, "reach", "web-menu-desk", choices, error=errors.get("reach")) %}{% endcall %}
{% call field::ticks(t, "partner", "web-menu-desk", choices) %}{% endcall %}
{% call field::tick(t, "agreed", "web-menu-me", true, hint="web-foot") %}{% endcall %}
{% call field::tick(t, "agreed", "web-menu-me", false, id="second") %}{% endcall %}"#
    )]
    struct Sample {
        t: Words,
        name: String,
        choices: Vec<Choice>,
        errors: Errors,
    }

    #[test]
    fn fields_have_labels_and_keep_what_was_typed() {
        let mut errors = Errors::none();
        errors.add("name", "Please write a name.");
        errors.add("name", "Never seen.");
        let choices = vec![Choice::new("a", "Apple").chosen_if(true), Choice::new("b", "Pear").with_hint("Green")];
        let page = Sample { t: Words::new(Lang::En), name: "<Fern>".into(), choices, errors }.render().unwrap();
        assert!(page.contains("value=\"&#60;Fern&#62;\""), "{page}");
        assert!(page.contains("aria-describedby=\"f-name-hint f-name-error\""), "{page}");
        assert!(page.contains("href=\"#f-name\""), "{page}");
        assert!(page.contains("<option value=\"a\" selected>"), "{page}");
        assert!(page.contains("id=\"f-reach-2\" value=\"b\""), "{page}");
        assert!(page.contains("id=\"second\""), "{page}");
        assert!(!page.contains("Never seen"), "{page}");
    }
}
