//! The half of the ledger that partners cause: what they read by signed requests, written down before a byte of it leaves.

use std::collections::BTreeSet;

use serde_json::Value;

use super::kind::{Kind, own_person};
use crate::base::{Id, Iri};
use crate::db::{DbError, Tx};
use crate::federation::here::Here;

const DAY: i64 = 24 * 3600 * 1000;

/// Writes down that a partner reads a document of ours. To be committed before the first byte leaves. A page of posts counts as
/// itself and as each post on it.
///
/// # Errors
/// Database trouble; the document then does not leave.
pub(in crate::federation) async fn served(tx: &mut Tx, here: &Here, partner: &Id, document: &Iri, body: &str) -> Result<(), DbError> {
    let value: Value = serde_json::from_str(body).map_err(|_| DbError::Unreadable("a document of ours"))?;
    let mut seen = BTreeSet::new();
    let mut things = vec![(document.as_str().to_owned(), kind_of(&value), whose(here, &value))];
    posts_in(here, &value, 0, &mut things);
    let group = group_of(here, document, &value);
    for (thing, kind, whose) in things {
        if !seen.insert(thing.clone()) {
            continue;
        }
        sqlx::query(
            "INSERT INTO served (partner_id, document, day, seq, kind, whose, times, first_at, last_at, group_id)
             VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7, $8)
             ON CONFLICT (partner_id, document, day) DO UPDATE SET times = served.times + 1, last_at = excluded.last_at",
        )
        .bind(partner.as_str())
        .bind(thing)
        .bind(here.now.millis().div_euclid(DAY))
        .bind(here.sequence())
        .bind(kind.as_str())
        .bind(whose.as_ref().map(Id::as_str))
        .bind(here.now.millis())
        .bind(group.as_ref().map_or("", Id::as_str))
        .execute(tx.sql())
        .await?;
    }
    Ok(())
}

/// The group of this house that a document belongs to: itself, a page below it, or the group that a post names.
fn group_of(here: &Here, document: &Iri, value: &Value) -> Option<Id> {
    let below = |uri: &Iri| {
        let target = uri.target();
        let rest = target.strip_prefix("/g/").filter(|_| uri.origin() == here.origin)?;
        Id::parse(rest.split(['/', '?']).next().unwrap_or_default())
    };
    below(document).or_else(|| below(&Iri::parse(value["audience"].as_str()?).ok()?))
}

fn kind_of(value: &Value) -> Kind {
    match value["type"].as_str().unwrap_or_default() {
        "Note" => Kind::Post,
        "Tombstone" => Kind::Deletion,
        "Person" => Kind::Persona,
        "Group" => Kind::Group,
        _ => Kind::Other,
    }
}

/// Whose a document is: the writer of a post, the person of a person's document.
fn whose(here: &Here, value: &Value) -> Option<Id> {
    let field = if value["type"] == "Person" { &value["id"] } else { &value["attributedTo"] };
    Iri::parse(field.as_str()?).ok().and_then(|uri| own_person(here, &uri))
}

/// Every post of ours inside a document.
fn posts_in(here: &Here, value: &Value, depth: u8, found: &mut Vec<(String, Kind, Option<Id>)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| posts_in(here, item, depth, found)),
        Value::Object(fields) if depth < 6 => {
            if value["type"] == "Note"
                && let Some(id) = value["id"].as_str()
            {
                found.push((id.to_owned(), Kind::Post, whose(here, value)));
            }
            fields.values().for_each(|field| posts_in(here, field, depth + 1, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::{Origin, Timestamp};
    use crate::testing::chance::SeededChance;

    fn here() -> Here {
        let origin = Origin::parse("https://a.example").unwrap();
        Here::new(Timestamp::from_seconds(1_772_366_400), Arc::new(SeededChance::new(1)), origin, Arc::default())
    }

    #[test]
    fn a_page_of_posts_is_each_post_on_it() {
        let here = here();
        let person = here.origin.at(&format!("/p/{}", here.id()));
        let group = here.id();
        let uri = |path: &str| Iri::parse(&format!("https://a.example{path}")).unwrap();
        let post = serde_json::json!({"type": "Note", "audience": uri(&format!("/g/{group}"))});
        for (document, value, found) in [
            (format!("/g/{group}"), &Value::Null, Some(&group)),
            (format!("/g/{group}/outbox?page=first"), &Value::Null, Some(&group)),
            ("/o/1".to_owned(), &post, Some(&group)),
            ("/p/1".to_owned(), &Value::Null, None),
        ] {
            assert_eq!(group_of(&here, &uri(&document), value).as_ref(), found, "{document}");
        }
        let note = serde_json::json!({"type": "Note", "id": "https://a.example/o/1", "attributedTo": person});
        let page = serde_json::json!({"type": "OrderedCollectionPage", "id": "https://a.example/g/x/outbox?page=first",
            "orderedItems": [{"type": "Announce", "object": {"type": "Create", "object": note}}]});
        let mut found = Vec::new();
        posts_in(&here, &page, 0, &mut found);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0.as_str(), found[0].1, found[0].2.is_some()), ("https://a.example/o/1", Kind::Post, true));
    }
}
