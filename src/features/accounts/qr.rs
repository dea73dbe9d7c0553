//! The picture of a link that a telephone can read, as the outline of one SVG path. Drawn here, loaded from nowhere.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// A picture: `<svg viewBox="0 0 size size"><path d="path"/></svg>`, dark on light.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Qr {
    /// Width and height with the quiet edge of four.
    pub size: usize,
    /// The dark squares.
    pub path: String,
}

/// Empty squares around the picture.
const EDGE: usize = 4;

impl Qr {
    /// Draws `text`; `None` when it is too long for any picture (about 2,300 characters).
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).ok()?;
        let width = code.width();
        let colors = code.to_colors();
        let mut path = String::new();
        for (row, squares) in colors.chunks(width).enumerate() {
            let mut at = 0;
            while at < width {
                let dark = squares[at..].iter().take_while(|square| **square == Color::Dark).count();
                if dark > 0 {
                    write!(path, "M{} {}h{dark}v1h-{dark}z", at + EDGE, row + EDGE).ok()?;
                }
                at += dark.max(1);
            }
        }
        Some(Self { size: width + 2 * EDGE, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_becomes_a_square_of_squares() {
        let qr = Qr::of("https://herning.example/invite/abcdefghijklmnopqrstuvwxyz234567").unwrap();
        assert_eq!(qr.size, 33 + 8);
        // The corner mark: seven dark squares in the first row.
        assert!(qr.path.starts_with("M4 4h7v1h-7z"), "{}", &qr.path[..40]);
        assert!(Qr::of(&"a".repeat(5000)).is_none());
    }
}
