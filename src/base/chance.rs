//! Chance as a value that is passed in: ids, tokens, jitter. One implementation asks the operating system;
//! tests and the simulation use a seeded one ([`crate::testing`]).

use rand::TryRng;

/// A source of unpredictable bytes.
pub trait Chance: Send + Sync + 'static {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);

    /// A number in `0..bound`; 0 when `bound` is 0. Good enough for jitter and suggestions, not for keys.
    fn below(&self, bound: u64) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes).checked_rem(bound).unwrap_or(0)
    }
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    #[expect(clippy::expect_used, reason = "without the system's generator no id or token may be made: stopping is the only safe answer")]
    fn fill(&self, bytes: &mut [u8]) {
        rand::rngs::SysRng.try_fill_bytes(bytes).expect("the operating system gives random bytes");
    }
}
