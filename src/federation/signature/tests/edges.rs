//! The last value on this side of each limit and the first on the other: what small changes of the verifier would move (threats R26).

use http::StatusCode;
use http::header::DATE;

use super::super::{Claims, Profile, Signer, verify_head};
use super::*;
use crate::base::Iri;

/// The headers of a request, and what it claims.
fn read(wire: &Wire) -> Result<Claims, Refusal> {
    with_headers(wire, parse)
}

fn with_headers<T>(wire: &Wire, then: impl FnOnce(&RawRequest<'_>) -> T) -> T {
    let mut headers = HeaderMap::new();
    for (name, value) in &wire.headers {
        headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    then(&RawRequest { method: &wire.method, target: &wire.target, headers: &headers, body: &wire.body })
}

#[test]
fn a_verified_request_says_when_and_how_it_was_signed() {
    for (wire, profile) in Wire::both().into_iter().zip([Profile::Cavage, Profile::Rfc9421]) {
        with_headers(&wire, |request| {
            let verified = verify(request, &parse(request).unwrap(), &own(), key(0).public(), NOW, Terms::Partner).unwrap();
            assert_eq!((verified.signed_at(), verified.profile()), (NOW, profile));
        });
    }
    // Of two signed times the earlier one counts.
    let seconds = minutes(-2).seconds();
    let two = Wire::post().cavage_with("(request-target) (created) host date digest", &format!("created={seconds},"));
    with_headers(&two, |request| {
        let verified = verify(request, &parse(request).unwrap(), &own(), key(0).public(), NOW, Terms::Partner).unwrap();
        assert_eq!(verified.signed_at(), minutes(-2));
    });
}

/// The door verifies the head first, when the body is not there yet.
#[test]
fn the_body_that_is_read_later_is_the_one_that_is_handed_on() {
    for wire in Wire::both() {
        let early = Wire { body: Vec::new(), ..wire.clone() };
        let read = |body: &[u8]| {
            with_headers(&early, |request| {
                let head = verify_head(request, &parse(request).unwrap(), &own(), key(0).public(), NOW, Terms::Partner).unwrap();
                head.with_body(body).map(|verified| verified.body().to_vec())
            })
        };
        assert_eq!(read(&wire.body), Ok(wire.body.clone()));
        assert_eq!(read(b"something else"), Err(Refusal::DigestMismatch));
    }
}

#[test]
fn the_window_ends_with_its_last_second() {
    for (seconds, verdict) in [(-301, Err(Refusal::TooOld)), (-300, Ok(())), (300, Ok(())), (301, Err(Refusal::TooNew))] {
        let at = Timestamp::from_seconds(NOW.seconds() + seconds);
        assert_eq!(Wire::post().set("date", &at.http_date()).cavage(CAVAGE_FULL).verdict(), verdict, "{seconds}");
        let parameters = format!(";created={};keyid=\"{KEY_ID}\"", at.seconds());
        assert_eq!(Wire::post().rfc_with(&RFC_FULL, &parameters).verdict(), verdict, "{seconds}");
    }
    for (seconds, verdict) in [(0, Err(Refusal::Expired)), (1, Ok(()))] {
        let parameters = format!(";created={};expires={};keyid=\"{KEY_ID}\"", NOW.seconds(), NOW.seconds() + seconds);
        assert_eq!(Wire::post().rfc_with(&RFC_FULL, &parameters).verdict(), verdict, "expires {seconds}");
    }
}

#[test]
fn a_number_of_seconds_is_digits_and_not_too_many() {
    let wire = Wire::post().cavage_with("(request-target) (created) host digest", &format!("created={},", NOW.seconds()));
    let plain = format!("created={}", NOW.seconds());
    for given in ["created=\"+1772366400\"", "created=\"1772366400000\"", "created=\"-1\"", "created=\"\"", "created=\"1e9\""] {
        let bent = wire.clone().set("signature", &wire.get_header("signature").replace(&plain, given));
        assert_eq!(read(&bent).unwrap_err(), Refusal::Malformed, "{given}");
    }
}

#[test]
fn the_length_of_a_signature_is_that_of_a_key_we_read() {
    let wire = Wire::post().cavage(CAVAGE_FULL);
    let own = wire.get_header("signature").split("signature=\"").nth(1).unwrap().trim_end_matches('"').to_owned();
    for (length, fits) in [(0, false), (255, false), (256, true), (384, true), (512, true), (513, false)] {
        let bent = wire.clone().set("signature", &wire.get_header("signature").replace(&own, &STANDARD.encode(vec![7; length])));
        assert_eq!(read(&bent).err(), (!fits).then_some(Refusal::BadSignature), "{length}");
    }
}

#[test]
fn what_cannot_be_read_is_400_and_everything_else_401() {
    for (refusal, status) in [
        (Refusal::Malformed, StatusCode::BAD_REQUEST),
        (Refusal::Doubled, StatusCode::BAD_REQUEST),
        (Refusal::Unsigned, StatusCode::UNAUTHORIZED),
        (Refusal::BadSignature, StatusCode::UNAUTHORIZED),
        (Refusal::TooOld, StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(refusal.status(), status, "{refusal:?}");
    }
}

#[test]
fn a_method_is_upper_case_and_may_have_a_dash() {
    let asked = |method: &str| {
        let wire = Wire { method: Method::from_bytes(method.as_bytes()).unwrap(), ..Wire::post() };
        wire.cavage(CAVAGE_FULL).verdict()
    };
    assert_eq!(asked("POSt"), Err(Refusal::Malformed));
    assert_eq!(asked("PO_ST"), Err(Refusal::Malformed));
    assert_eq!(asked("M-SEARCH"), Ok(()));
}

#[test]
fn a_header_is_read_up_to_eight_kilobytes() {
    for (length, fits) in [(8 * 1024, true), (8 * 1024 + 1, false), (20_000, false)] {
        let wire = Wire::post().set("date", &"x".repeat(length));
        let found = with_headers(&wire, |request| request.header(&DATE).map(|value| value.map(str::len)));
        assert_eq!(found, if fits { Ok(Some(length)) } else { Err(Refusal::Malformed) }, "{length}");
    }
}

#[test]
fn half_of_an_rfc_signature_is_malformed() {
    let rfc = Wire::post().rfc(&RFC_FULL);
    assert_eq!(rfc.clone().set("signature", "").verdict(), Err(Refusal::Malformed));
    assert_eq!(rfc.set("signature-input", "").verdict(), Err(Refusal::Malformed));
}

#[test]
fn a_page_asked_for_without_its_query_is_signed_for_its_path() {
    let signer = Signer { profile: Profile::Cavage, key: key(0), key_id: KEY_ID };
    let page = Iri::parse("https://veld.test/g/1?page=2").unwrap();
    let headers = signer.get_without_query(&page, "application/activity+json", NOW).unwrap();
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let asked = Wire { method: Method::GET, target: page.target(), headers, body: Vec::new() };
    assert_eq!(asked.judged(&own(), Terms::Open), Ok(()));
    assert_eq!(asked.judged(&own(), Terms::Partner), Err(Refusal::BadSignature));
}
