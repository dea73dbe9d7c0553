//! Which address a request came from when a proxy stands before the listener. A header is believed only as far as it was
//! written by an address that the admin named; everything else in it is what a client could have made up (threats WEB-09).

use std::net::IpAddr;

/// The addresses whose `X-Forwarded-For` is believed. None by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

/// An address with the number of its bits that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits.parse::<u32>().ok()?)),
            None => (text.parse::<IpAddr>().ok()?, None),
        };
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(longest);
        // Trusting everybody is never meant.
        (1..=longest).contains(&bits).then_some(Self { address, bits })
    }

    fn holds(&self, other: IpAddr) -> bool {
        match (self.address, other.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (own.to_bits() ^ other.to_bits()) >> (32 - self.bits) == 0,
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits() ^ other.to_bits()) >> (128 - self.bits) == 0,
            _ => false,
        }
    }
}

impl TrustedProxies {
    /// Reads addresses and networks (`127.0.0.1, 10.0.0.0/8, ::1`); `None` when one of them is neither.
    pub fn parse(text: &str) -> Option<Self> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Network::parse).collect::<Option<_>>().map(Self)
    }

    /// Whether this address is one of them.
    pub fn holds(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }

    /// The client's address: the other end of the connection or, while that is a proxy we trust, the next one that it says
    /// it got the request from. `forwarded` are the lines of `X-Forwarded-For` in their order.
    pub fn client<'a>(&self, peer: IpAddr, forwarded: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let mut client = peer;
        for hop in forwarded.rev().flat_map(|line| line.rsplit(',')) {
            if !self.holds(client) {
                break;
            }
            // What no proxy of ours would write ends the walk: the last address that we know stands.
            let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
            client = address;
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn web_09_a_client_cannot_choose_its_address() {
        let none = TrustedProxies::default();
        let trusted = TrustedProxies::parse("127.0.0.1, 10.0.0.0/8, 2001:db8::/32").unwrap();
        for (proxies, peer, lines, client) in [
            // Nobody is trusted: the header is not read.
            (&none, "127.0.0.1", vec!["192.0.2.1"], "127.0.0.1"),
            // A stranger writes the header itself.
            (&trusted, "192.0.2.9", vec!["198.51.100.1"], "192.0.2.9"),
            // The proxy appends; what the client wrote before does not count.
            (&trusted, "127.0.0.1", vec!["192.0.2.7"], "192.0.2.7"),
            (&trusted, "127.0.0.1", vec!["1.2.3.4, 192.0.2.7"], "192.0.2.7"),
            (&trusted, "127.0.0.1", vec!["1.2.3.4", "192.0.2.7"], "192.0.2.7"),
            // Two proxies of ours, one after the other.
            (&trusted, "127.0.0.1", vec!["1.2.3.4, 192.0.2.7, 10.1.2.3"], "192.0.2.7"),
            (&trusted, "::ffff:127.0.0.1", vec!["192.0.2.7"], "192.0.2.7"),
            (&trusted, "2001:db8:5::1", vec!["2001:db9::7"], "2001:db9::7"),
            // Nothing that can be read: the proxy itself is slowed.
            (&trusted, "127.0.0.1", vec!["unknown"], "127.0.0.1"),
            (&trusted, "127.0.0.1", vec!["192.0.2.7, unknown"], "127.0.0.1"),
            (&trusted, "127.0.0.1", vec![], "127.0.0.1"),
        ] {
            assert_eq!(proxies.client(ip(peer), lines.iter().copied()), ip(client), "{peer} {lines:?}");
        }
    }

    #[test]
    fn addresses_and_networks_are_read_and_nothing_else() {
        for good in ["", "127.0.0.1", " 10.0.0.0/8 , ::1 ", "fd00::/8"] {
            assert!(TrustedProxies::parse(good).is_some(), "{good}");
        }
        for bad in ["proxy", "10.0.0.0/33", "0.0.0.0/0", "::/0", "10.0.0.0/x", "1.2.3.4 5.6.7.8"] {
            assert!(TrustedProxies::parse(bad).is_none(), "{bad}");
        }
    }
}
