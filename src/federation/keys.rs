//! RSA keys: reading the public keys of others (once, strictly), and making, storing and using our own.
//! All arithmetic is aws-lc-rs (constant time; RUSTSEC-2023-0071 keeps the `rsa` crate away from private keys).
//! A private key never appears in a log or an error, and no key that this module refuses can be stored or used.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::base::Sensitive;

/// The longest PEM text we read, in bytes (threats SIG-17). A 4096-bit key takes 800.
pub const MAX_PEM: usize = 16 * 1024;
/// The shortest modulus we trust, in bits.
pub const MIN_BITS: usize = 2048;
/// The longest modulus we spend time on, in bits.
pub const MAX_BITS: usize = 4096;

/// Why a key cannot be used. Says nothing of the key itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is longer than [`MAX_PEM`].
    #[error("the key is longer than 16 kB")]
    TooLong,
    /// Not exactly one PEM block `PUBLIC KEY` or `RSA PUBLIC KEY` (or, for our own, `PRIVATE KEY`).
    #[error("this is not one public key in PEM form")]
    Pem,
    /// Another kind of key, a certificate's inside, or bytes that are not the one right encoding of an RSA key.
    #[error("this is not an RSA key that we read")]
    NotRsa,
    /// Fewer than [`MIN_BITS`] or more than [`MAX_BITS`] bits.
    #[error("RSA keys must have 2048 to 4096 bits")]
    Size,
    /// 1, even, or larger than verifiers accept.
    #[error("the public exponent of this key cannot be used")]
    Exponent,
    /// The machine could not make a key.
    #[error("no key could be made")]
    Generation,
    /// A header could not be signed: the key failed, or the key id has characters that no header can hold.
    #[error("the request could not be signed")]
    Signing,
}

/// The public key of somebody else, parsed and checked once; verifying with it takes about 20 µs.
#[derive(Clone)]
pub struct PublicKey {
    parsed: ParsedPublicKey,
    bits: usize,
}

impl PublicKey {
    /// Reads a PEM text: SPKI (`PUBLIC KEY`) or PKCS#1 (`RSA PUBLIC KEY`), RSA with 2048 to 4096 bits.
    ///
    /// # Errors
    /// Everything else, in well under a millisecond (threats SIG-17).
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let (label, der) = pem_block(pem)?;
        let spki = match label {
            "PUBLIC KEY" => true,
            "RSA PUBLIC KEY" => false,
            _ => return Err(KeyError::Pem),
        };
        let key = rsa::PublicKey::from_der(&der).map_err(|_| KeyError::NotRsa)?;
        let canonical = spki_der(&key)?;
        // One key, one spelling: trailing bytes, other algorithms and loose encodings do not come back the same.
        let same = if spki { canonical == *der } else { key.as_ref() == der.as_slice() };
        if !same {
            return Err(KeyError::NotRsa);
        }
        Self::checked(&key, &canonical)
    }

    fn checked(key: &rsa::PublicKey, spki: &[u8]) -> Result<Self, KeyError> {
        let modulus = key.modulus();
        let modulus = modulus.big_endian_without_leading_zero();
        let bits = modulus.len() * 8 - modulus.first().map_or(8, |first| first.leading_zeros() as usize);
        if !(MIN_BITS..=MAX_BITS).contains(&bits) {
            return Err(KeyError::Size);
        }
        let exponent = key.exponent();
        let exponent = exponent.big_endian_without_leading_zero();
        let odd = exponent.last().is_some_and(|last| last & 1 == 1);
        if !odd || exponent == [1] || exponent.len() > 5 {
            return Err(KeyError::Exponent);
        }
        let parsed = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, spki).map_err(|_| KeyError::NotRsa)?;
        Ok(Self { parsed, bits })
    }

    /// The key as an SPKI PEM text, always spelled the same: for storing and comparing.
    pub fn to_pem(&self) -> String {
        pem_text("PUBLIC KEY", self.parsed.as_ref())
    }

    /// Length of the modulus in bits.
    pub const fn bits(&self) -> usize {
        self.bits
    }

    /// Whether `signature` is this key's RSASSA-PKCS1-v1_5 signature with SHA-256 over `message`.
    /// The algorithm follows from the key alone; no label of a request chooses another.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.parsed.as_ref() == other.parsed.as_ref()
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits)", self.bits)
    }
}

/// A private key of ours with its public half. Signing takes about 0.7 ms: do it off the async threads.
#[derive(Clone)]
pub struct KeyPair {
    private: rsa::KeyPair,
    public: PublicKey,
}

impl KeyPair {
    /// Makes a fresh RSA-2048 key (about 70 ms). Only a [`KeySource`] calls this.
    ///
    /// # Errors
    /// [`KeyError::Generation`] when the machine has no randomness to give.
    pub fn generate() -> Result<Self, KeyError> {
        let private = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(|_| KeyError::Generation)?;
        Self::of(private)
    }

    /// Reads a PKCS#8 PEM text (`PRIVATE KEY`).
    ///
    /// # Errors
    /// Anything that is not an unencrypted RSA key of 2048 to 4096 bits.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        let (label, der) = pem_block(pem)?;
        if label != "PRIVATE KEY" {
            return Err(KeyError::Pem);
        }
        Self::from_pkcs8(&der)
    }

    /// Reads what [`KeyPair::to_stored`] wrote.
    ///
    /// # Errors
    /// When the text was damaged.
    pub fn from_stored(stored: &Sensitive<String>) -> Result<Self, KeyError> {
        let der = STANDARD.decode(stored.reveal()).map(Zeroizing::new).map_err(|_| KeyError::NotRsa)?;
        Self::from_pkcs8(&der)
    }

    /// PKCS#8 in base64, for the keys table and nothing else.
    ///
    /// # Errors
    /// When the library cannot write the key.
    pub fn to_stored(&self) -> Result<Sensitive<String>, KeyError> {
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&self.private).map_err(|_| KeyError::NotRsa)?;
        Ok(Sensitive::new(STANDARD.encode(der.as_ref())))
    }

    /// The public half.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The public half as an SPKI PEM text, for `publicKeyPem` of an actor document.
    pub fn public_pem(&self) -> String {
        self.public.to_pem()
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 over `message`. Only [`super::signature`] calls it, for headers and documents of ours: nobody
    /// above this floor can have bytes signed (threats R11).
    ///
    /// # Errors
    /// [`KeyError::Signing`] when the library refuses.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.private.public_modulus_len()];
        self.private.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(|_| KeyError::Signing)?;
        Ok(signature)
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        Self::of(rsa::KeyPair::from_pkcs8(der).map_err(|_| KeyError::NotRsa)?)
    }

    fn of(private: rsa::KeyPair) -> Result<Self, KeyError> {
        let public = private.public_key();
        let public = PublicKey::checked(public, &spki_der(public)?)?;
        Ok(Self { private, public })
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPair(kept back)")
    }
}

/// Where fresh keys come from: the machine, or in tests a recorded list ([`crate::testing`]).
/// A key is made before a transaction is opened, since it takes long.
pub trait KeySource: Send + Sync + 'static {
    /// A key that was never handed out before.
    ///
    /// # Errors
    /// [`KeyError::Generation`].
    fn fresh(&self) -> Result<KeyPair, KeyError>;
}

/// Keys made by the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemKeys;

impl KeySource for SystemKeys {
    fn fresh(&self) -> Result<KeyPair, KeyError> {
        KeyPair::generate()
    }
}

fn spki_der(key: &rsa::PublicKey) -> Result<Vec<u8>, KeyError> {
    let der = AsDer::<PublicKeyX509Der<'_>>::as_der(key).map_err(|_| KeyError::NotRsa)?;
    Ok(der.as_ref().to_vec())
}

/// The one block of a PEM text: its label and bytes. Nothing but white space may stand before or after it;
/// lines may be of any length, since peers differ.
fn pem_block(pem: &str) -> Result<(&str, Zeroizing<Vec<u8>>), KeyError> {
    if pem.len() > MAX_PEM {
        return Err(KeyError::TooLong);
    }
    let rest = pem.trim().strip_prefix("-----BEGIN ").ok_or(KeyError::Pem)?;
    let (label, rest) = rest.split_once("-----").ok_or(KeyError::Pem)?;
    let (body, end) = rest.split_once("-----END ").ok_or(KeyError::Pem)?;
    if end.strip_suffix("-----") != Some(label) {
        return Err(KeyError::Pem);
    }
    let compact = Zeroizing::new(body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<u8>>());
    let der = STANDARD.decode(compact.as_slice()).map_err(|_| KeyError::Pem)?;
    Ok((label, Zeroizing::new(der)))
}

fn pem_text(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text + "-----END " + label + "-----\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::keys::RecordedKeys;

    const PKCS1: &str = include_str!("../testing/keys/public_pkcs1.pem");
    const SPKI: &str = include_str!("../testing/keys/public_spki.pem");
    const CERTIFICATE: &str = include_str!("../testing/keys/certificate.pem");
    const ED25519_ZERO: &str =
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n";

    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![tag];
        let length = u32::try_from(content.len()).unwrap();
        if length < 128 {
            out.push(u8::try_from(length).unwrap());
        } else {
            let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            out.push(0x80 | u8::try_from(bytes.len()).unwrap());
            out.extend(bytes);
        }
        out.extend(content);
        out
    }

    fn integer(bytes: &[u8]) -> Vec<u8> {
        let mut content = bytes.to_vec();
        if content.first().is_some_and(|first| first & 0x80 != 0) {
            content.insert(0, 0);
        }
        der(2, &content)
    }

    /// An SPKI text with a made-up odd modulus of `bits` bits.
    fn made_up(bits: usize, exponent: &[u8]) -> String {
        pem_text("PUBLIC KEY", &made_up_der(bits, exponent))
    }

    fn made_up_der(bits: usize, exponent: &[u8]) -> Vec<u8> {
        let mut modulus = vec![0xa5; bits / 8];
        modulus[0] |= 0x80;
        *modulus.last_mut().unwrap() |= 1;
        let key = der(0x30, &[integer(&modulus), integer(exponent)].concat());
        let algorithm = der(0x30, &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00]);
        der(0x30, &[algorithm, der(3, &[vec![0], key].concat())].concat())
    }

    #[test]
    fn both_spellings_of_one_key_are_one_key() {
        let (one, two) = (PublicKey::from_pem(PKCS1).unwrap(), PublicKey::from_pem(SPKI).unwrap());
        assert_eq!(one, two);
        assert_eq!(one.bits(), 2048);
        assert_eq!(one.to_pem(), SPKI);
        for spelled in [SPKI.replace('\n', "\r\n"), format!("\n{SPKI}\n "), SPKI.trim().to_owned()] {
            assert_eq!(PublicKey::from_pem(&spelled), Ok(one.clone()), "{spelled}");
        }
        for bits in [2048, 3072, 4096] {
            assert!(PublicKey::from_pem(&made_up(bits, &[1, 0, 1])).is_ok(), "{bits}");
        }
        assert!(PublicKey::from_pem(&made_up(2048, &[3])).is_ok());
        assert_ne!(PublicKey::from_pem(&made_up(2048, &[3])), PublicKey::from_pem(&made_up(2048, &[1, 0, 1])));
    }

    #[test]
    fn sig_17_bad_keys_are_refused() {
        let mut trailing = made_up_der(2048, &[1, 0, 1]);
        trailing.push(0);
        for (what, pem, why) in [
            ("RSA-512", made_up(512, &[1, 0, 1]), KeyError::Size),
            ("RSA-1024", made_up(1024, &[1, 0, 1]), KeyError::Size),
            ("RSA-2040", made_up(2040, &[1, 0, 1]), KeyError::Size),
            ("RSA-8192", made_up(8192, &[1, 0, 1]), KeyError::Size),
            ("RSA-16384", made_up(16_384, &[1, 0, 1]), KeyError::Size),
            ("RSA-32768", made_up(32_768, &[1, 0, 1]), KeyError::NotRsa),
            ("exponent 1", made_up(2048, &[1]), KeyError::NotRsa),
            ("exponent 0", made_up(2048, &[0]), KeyError::NotRsa),
            ("exponent 65536", made_up(2048, &[1, 0, 0]), KeyError::NotRsa),
            ("exponent of 48 bits", made_up(2048, &[1, 0, 0, 0, 0, 1]), KeyError::NotRsa),
            ("all-zero Ed25519 point", ED25519_ZERO.to_owned(), KeyError::NotRsa),
            ("certificate", CERTIFICATE.to_owned(), KeyError::Pem),
            ("certificate called key", CERTIFICATE.replace("CERTIFICATE", "PUBLIC KEY"), KeyError::NotRsa),
            ("1 MB", format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", "A".repeat(1 << 20)), KeyError::TooLong),
            ("nothing", String::new(), KeyError::Pem),
            ("empty block", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----".to_owned(), KeyError::NotRsa),
            ("two keys", format!("{SPKI}{SPKI}"), KeyError::Pem),
            ("text before", format!("key: {SPKI}"), KeyError::Pem),
            ("labels differ", SPKI.replace("END PUBLIC", "END RSA PUBLIC"), KeyError::Pem),
            ("SPKI called PKCS#1", SPKI.replace("PUBLIC KEY", "RSA PUBLIC KEY"), KeyError::NotRsa),
            ("bytes after the key", pem_text("PUBLIC KEY", &trailing), KeyError::NotRsa),
            ("private key", include_str!("../testing/keys/0.pem").to_owned(), KeyError::Pem),
        ] {
            assert_eq!(PublicKey::from_pem(&pem), Err(why), "{what}");
        }
    }

    #[test]
    fn a_key_is_read_up_to_its_limits() {
        // One bit less than the shortest.
        let mut modulus = vec![0xa5; 256];
        modulus[0] = 0x7f;
        modulus[255] = 1;
        let key = der(0x30, &[integer(&modulus), integer(&[1, 0, 1])].concat());
        assert_eq!(PublicKey::from_pem(&pem_text("RSA PUBLIC KEY", &key)), Err(KeyError::Size), "2047 bits");
        // The longest exponent that is read has 33 bits.
        assert!(PublicKey::from_pem(&made_up(2048, &[1, 0, 0, 0, 1])).is_ok());
        let padded = |length: usize| format!("{SPKI}{}", " ".repeat(length - SPKI.len()));
        assert!(PublicKey::from_pem(&padded(MAX_PEM)).is_ok());
        assert_eq!(PublicKey::from_pem(&padded(MAX_PEM + 1)), Err(KeyError::TooLong));
    }

    #[test]
    fn own_keys_survive_storing_and_sign() {
        let key = RecordedKeys::default().fresh().unwrap();
        let stored = key.to_stored().unwrap();
        let again = KeyPair::from_stored(&stored).unwrap();
        assert_eq!(key.public_pem(), again.public_pem());
        let signature = again.sign(b"words").unwrap();
        let public = PublicKey::from_pem(&key.public_pem()).unwrap();
        assert!(public.verifies(b"words", &signature));
        assert!(!public.verifies(b"other words", &signature));
        assert_eq!(format!("{key:?}"), "KeyPair(kept back)");
        assert!(KeyPair::from_stored(&Sensitive::new("no key".to_owned())).is_err());
    }

    #[test]
    fn the_machine_makes_keys_that_differ() {
        let (one, two) = (SystemKeys.fresh().unwrap(), SystemKeys.fresh().unwrap());
        assert_eq!(one.public().bits(), 2048);
        assert_ne!(one.public(), two.public());
    }
}
