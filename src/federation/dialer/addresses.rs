//! Which addresses are out in the world. A list of what is allowed, made from the IANA special-purpose address registries: whatever is not
//! listed is not dialled, so a new special range is refused until somebody looks at it (threats R13).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Globally routable IPv4 unicast: 1.0.0.0 to 223.255.255.255 without the special ranges between these.
const GLOBAL_V4: [(Ipv4Addr, Ipv4Addr); 16] = [
    (Ipv4Addr::new(1, 0, 0, 0), Ipv4Addr::new(9, 255, 255, 255)),
    // 10/8 private
    (Ipv4Addr::new(11, 0, 0, 0), Ipv4Addr::new(100, 63, 255, 255)),
    // 100.64/10 shared
    (Ipv4Addr::new(100, 128, 0, 0), Ipv4Addr::new(126, 255, 255, 255)),
    // 127/8 loopback
    (Ipv4Addr::new(128, 0, 0, 0), Ipv4Addr::new(169, 253, 255, 255)),
    // 169.254/16 link-local
    (Ipv4Addr::new(169, 255, 0, 0), Ipv4Addr::new(172, 15, 255, 255)),
    // 172.16/12 private
    (Ipv4Addr::new(172, 32, 0, 0), Ipv4Addr::new(191, 255, 255, 255)),
    // 192.0.0/24 protocol assignments
    (Ipv4Addr::new(192, 0, 1, 0), Ipv4Addr::new(192, 0, 1, 255)),
    // 192.0.2/24 documentation
    (Ipv4Addr::new(192, 0, 3, 0), Ipv4Addr::new(192, 31, 195, 255)),
    // 192.31.196/24 AS112
    (Ipv4Addr::new(192, 31, 197, 0), Ipv4Addr::new(192, 52, 192, 255)),
    // 192.52.193/24 AMT
    (Ipv4Addr::new(192, 52, 194, 0), Ipv4Addr::new(192, 88, 98, 255)),
    // 192.88.99/24 6to4 relays
    (Ipv4Addr::new(192, 88, 100, 0), Ipv4Addr::new(192, 167, 255, 255)),
    // 192.168/16 private
    (Ipv4Addr::new(192, 169, 0, 0), Ipv4Addr::new(192, 175, 47, 255)),
    // 192.175.48/24 AS112
    (Ipv4Addr::new(192, 175, 49, 0), Ipv4Addr::new(198, 17, 255, 255)),
    // 198.18/15 benchmarks
    (Ipv4Addr::new(198, 20, 0, 0), Ipv4Addr::new(198, 51, 99, 255)),
    // 198.51.100/24 documentation
    (Ipv4Addr::new(198, 51, 101, 0), Ipv4Addr::new(203, 0, 112, 255)),
    // 203.0.113/24 documentation
    (Ipv4Addr::new(203, 0, 114, 0), Ipv4Addr::new(223, 255, 255, 255)),
];

/// Globally routable IPv6 unicast: inside `2000::/3`, the only range given out, without its special parts. Everything that carries an IPv4
/// address within (mapped, compatible, NAT64, 6to4, Teredo) is outside of these or between them.
const GLOBAL_V6: [(Ipv6Addr, Ipv6Addr); 5] = [
    // 2001::/23 protocol assignments: Teredo, benchmarks, ORCHID …
    (Ipv6Addr::new(0x2001, 0x200, 0, 0, 0, 0, 0, 0), Ipv6Addr::new(0x2001, 0xdb7, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff)),
    // 2001:db8::/32 documentation
    (Ipv6Addr::new(0x2001, 0xdb9, 0, 0, 0, 0, 0, 0), Ipv6Addr::new(0x2001, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff)),
    // 2002::/16 6to4
    (Ipv6Addr::new(0x2003, 0, 0, 0, 0, 0, 0, 0), Ipv6Addr::new(0x2620, 0x4f, 0x7fff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff)),
    // 2620:4f:8000::/48 AS112
    (Ipv6Addr::new(0x2620, 0x4f, 0x8001, 0, 0, 0, 0, 0), Ipv6Addr::new(0x3ffe, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff)),
    // 3fff::/20 documentation
    (Ipv6Addr::new(0x3fff, 0x1000, 0, 0, 0, 0, 0, 0), Ipv6Addr::new(0x3fff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff)),
];

/// Whether an address belongs to somebody out in the world and to nothing else.
pub fn is_global_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => GLOBAL_V4.iter().any(|(first, last)| (*first..=*last).contains(&address)),
        IpAddr::V6(address) => GLOBAL_V6.iter().any(|(first, last)| (*first..=*last).contains(&address)),
    }
}

/// Whether a host may stand for this very machine when loopback federation is on: a literal of loopback, `localhost`, a `.test` name.
pub(super) fn is_loopback_host(host: &str) -> bool {
    if let Some(address) = literal(host) {
        return is_loopback(address);
    }
    let host = host.trim_end_matches('.');
    [".test", ".localhost"].iter().any(|end| host.len() > end.len() && host.ends_with(end)) || host == "localhost"
}

/// 127.0.0.0/8 or `::1`; no IPv4 address in the clothes of an IPv6 one.
pub(super) const fn is_loopback(address: IpAddr) -> bool {
    address.is_loopback()
}

/// A host that is an address, with or without brackets.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(six) => six.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The IANA special-purpose registries (IPv4 and IPv6), and multicast.
    const SPECIAL: [(&str, u8); 44] = [
        ("0.0.0.0", 8),
        ("10.0.0.0", 8),
        ("100.64.0.0", 10),
        ("127.0.0.0", 8),
        ("169.254.0.0", 16),
        ("172.16.0.0", 12),
        ("192.0.0.0", 24),
        ("192.0.2.0", 24),
        ("192.31.196.0", 24),
        ("192.52.193.0", 24),
        ("192.88.99.0", 24),
        ("192.168.0.0", 16),
        ("192.175.48.0", 24),
        ("198.18.0.0", 15),
        ("198.51.100.0", 24),
        ("203.0.113.0", 24),
        ("224.0.0.0", 4),
        ("240.0.0.0", 4),
        ("255.255.255.255", 32),
        ("::", 128),
        ("::1", 128),
        ("::", 96),
        ("::ffff:0:0", 96),
        ("64:ff9b::", 96),
        ("64:ff9b:1::", 48),
        ("100::", 64),
        ("100:0:0:1::", 64),
        ("2001::", 23),
        ("2001::", 32),
        ("2001:1::1", 128),
        ("2001:2::", 48),
        ("2001:3::", 32),
        ("2001:4:112::", 48),
        ("2001:10::", 28),
        ("2001:20::", 28),
        ("2001:30::", 28),
        ("2001:db8::", 32),
        ("2002::", 16),
        ("2620:4f:8000::", 48),
        ("3fff::", 20),
        ("5f00::", 16),
        ("fc00::", 7),
        ("fe80::", 10),
        ("ff00::", 8),
    ];

    fn number(address: IpAddr) -> u128 {
        match address {
            IpAddr::V4(address) => u128::from(u32::from(address)),
            IpAddr::V6(address) => u128::from(address),
        }
    }

    /// First and last address of a prefix, and the ones just outside.
    fn edges(network: &str, length: u8) -> (Vec<IpAddr>, Vec<IpAddr>) {
        let network: IpAddr = network.parse().unwrap();
        let (bits, make): (u32, fn(u128) -> IpAddr) = match network {
            IpAddr::V4(_) => (32, |n| IpAddr::V4(Ipv4Addr::from(u32::try_from(n).unwrap()))),
            IpAddr::V6(_) => (128, |n| IpAddr::V6(Ipv6Addr::from(n))),
        };
        let most = if bits == 32 { u128::from(u32::MAX) } else { u128::MAX };
        let rest = bits - u32::from(length);
        let size_less_one = if rest == 128 { u128::MAX } else { (1_u128 << rest) - 1 };
        let (first, last) = (number(network), number(network) + size_less_one);
        let outside = [first.checked_sub(1), last.checked_add(1).filter(|next| *next <= most)];
        (vec![make(first), make(last)], outside.into_iter().flatten().map(make).collect())
    }

    #[test]
    fn no_special_range_is_out_in_the_world() {
        let all: Vec<(IpAddr, IpAddr)> = SPECIAL
            .iter()
            .map(|(network, length)| {
                let (inside, _) = edges(network, *length);
                (inside[0], inside[1])
            })
            .collect();
        for (network, length) in SPECIAL {
            let (inside, outside) = edges(network, length);
            for address in inside {
                assert!(!is_global_unicast(address), "{address} of {network}/{length}");
            }
            for address in outside {
                let special = all.iter().any(|(first, last)| first.is_ipv4() == address.is_ipv4() && (*first..=*last).contains(&address));
                // IPv6 outside 2000::/3 is given to nobody.
                let given_out = match address {
                    IpAddr::V4(_) => true,
                    IpAddr::V6(six) => six.segments()[0] >> 13 == 1 && six >= Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0),
                };
                assert_eq!(is_global_unicast(address), given_out && !special, "{address} beside {network}/{length}");
            }
        }
    }

    #[test]
    fn known_places_are_out_in_the_world() {
        for text in
            ["1.1.1.1", "9.9.9.9", "93.184.216.34", "203.0.112.255", "223.255.255.255", "2a00:1450:4001::1", "2606:4700::1", "2001:470::1"]
        {
            assert!(is_global_unicast(text.parse().unwrap()), "{text}");
        }
        for text in ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:0808:0808::1", "2001:0:1::1", "::8.8.8.8", "4000::1"] {
            assert!(!is_global_unicast(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn this_machine_has_few_names() {
        for (host, yes) in [
            ("127.0.0.1", true),
            ("127.9.9.9", true),
            ("[::1]", true),
            ("localhost", true),
            ("a.localhost", true),
            ("p.test", true),
            (".test", false),
            ("test", false),
            ("p.test.example", false),
            ("[::ffff:127.0.0.1]", false),
            ("10.0.0.1", false),
            ("0.0.0.0", false),
            ("localhost.example", false),
        ] {
            assert_eq!(is_loopback_host(host), yes, "{host}");
        }
    }
}
