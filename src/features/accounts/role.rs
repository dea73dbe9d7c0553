//! What a person may do on this instance, and who may change that. Plain rules; nothing here reads a row or a page.

/// The four roles of the first version, lowest first (care.md §0.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Takes part.
    Member,
    /// Welcomes people and leads groups.
    Host,
    /// Keeps people safe.
    Moderator,
    /// Runs the instance.
    Admin,
}

impl Role {
    /// All roles, lowest first.
    pub const ALL: [Self; 4] = [Self::Member, Self::Host, Self::Moderator, Self::Admin];

    /// As stored, as on the command line and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Host => "host",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }

    /// Reads [`Role::as_str`]; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// The key of its word on pages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Member => "accounts-role-member",
            Self::Host => "accounts-role-host",
            Self::Moderator => "accounts-role-moderator",
            Self::Admin => "accounts-role-admin",
        }
    }

    /// Whether someone with this role may hand out `wanted`, by invitation or by a change of role.
    /// Nobody grants more than they have; only an admin grants moderator and admin.
    pub fn may_grant(self, wanted: Self) -> bool {
        match self {
            Self::Member => false,
            Self::Host | Self::Moderator => wanted <= Self::Host,
            Self::Admin => true,
        }
    }

    /// The roles this role may hand out, lowest first.
    pub fn grants(self) -> Vec<Self> {
        Self::ALL.into_iter().filter(|wanted| self.may_grant(*wanted)).collect()
    }

    /// Whether someone with this role may act on the account of someone with the role `other`: print a sign-in link,
    /// change the role, deactivate. Staff act on those below them, an admin on everyone.
    pub fn may_look_after(self, other: Self) -> bool {
        self == Self::Admin || (self >= Self::Host && other < self)
    }

    /// Whether someone with this role may turn `from` into `to`.
    pub fn may_change(self, from: Self, to: Self) -> bool {
        self.may_look_after(from) && self.may_grant(to)
    }
}

#[cfg(test)]
mod tests {
    use super::Role::{Admin, Host, Member, Moderator};
    use super::*;

    #[test]
    fn nobody_grants_more_than_they_have_and_only_an_admin_grants_moderator() {
        for (who, grants) in
            [(Member, vec![]), (Host, vec![Member, Host]), (Moderator, vec![Member, Host]), (Admin, vec![Member, Host, Moderator, Admin])]
        {
            assert_eq!(who.grants(), grants, "{who:?}");
        }
    }

    #[test]
    fn staff_look_after_those_below_them() {
        for who in Role::ALL {
            for other in Role::ALL {
                let expected = who == Admin || (who != Member && other < who);
                assert_eq!(who.may_look_after(other), expected, "{who:?} {other:?}");
            }
        }
        assert!(Host.may_change(Member, Host));
        assert!(!Host.may_change(Host, Member));
        assert!(!Moderator.may_change(Host, Moderator));
        assert!(!Moderator.may_change(Member, Admin));
        assert!(Admin.may_change(Admin, Member));
    }

    #[test]
    fn roles_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("owner"), None);
    }
}
