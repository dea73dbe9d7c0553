//! What a person may do on this instance, and who may change that. Plain rules; nothing here reads a row or a page.

/// The roles, lowest first (care.md §0.4). The auditor stands outside the ladder: it gives the logs to read and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Takes part like a member, and reads the logs: the audit log, the ledger, the register. Never content, never people.
    Auditor,
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
    pub const ALL: [Self; 5] = [Self::Auditor, Self::Member, Self::Host, Self::Moderator, Self::Admin];

    /// As stored, as on the command line and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
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
            Self::Auditor => "accounts-role-auditor",
            Self::Member => "accounts-role-member",
            Self::Host => "accounts-role-host",
            Self::Moderator => "accounts-role-moderator",
            Self::Admin => "accounts-role-admin",
        }
    }

    /// Whether someone with this role may hand out `wanted`, by invitation or by a change of role.
    /// Nobody grants more than they have; only an admin grants auditor, moderator and admin.
    pub fn may_grant(self, wanted: Self) -> bool {
        match self {
            Self::Auditor | Self::Member => false,
            Self::Host | Self::Moderator => matches!(wanted, Self::Member | Self::Host),
            Self::Admin => true,
        }
    }

    /// The roles this role may hand out, lowest first.
    pub fn grants(self) -> Vec<Self> {
        Self::ALL.into_iter().filter(|wanted| self.may_grant(*wanted)).collect()
    }

    /// Whether someone with this role may act on the account of someone with the role `other`: print a sign-in link,
    /// change the role, deactivate. Staff act on those below them, an admin on everyone. Only an admin acts on an auditor:
    /// whoever prints a sign-in link could read the logs with it.
    pub fn may_look_after(self, other: Self) -> bool {
        self == Self::Admin || (self >= Self::Host && other < self && other != Self::Auditor)
    }

    /// Whether someone with this role may read the logs: the audit log, the ledger, the register of processing.
    pub fn may_read_logs(self) -> bool {
        matches!(self, Self::Auditor | Self::Admin)
    }

    /// Whether this role is given only to somebody whose promise of confidentiality is on record (care R33): every role but that of a
    /// member. An auditor reads logs about people, and promises too.
    pub fn asks_for_confidentiality(self) -> bool {
        self != Self::Member
    }

    /// Whether turning this role into `to` gives something for which the promise has to be there. A step down gives nothing: taking
    /// something away is never held up.
    pub fn promises_for(self, to: Self) -> bool {
        let step_down = self.asks_for_confidentiality() && to <= self;
        to.asks_for_confidentiality() && !step_down
    }

    /// Whether someone with this role may turn `from` into `to`.
    pub fn may_change(self, from: Self, to: Self) -> bool {
        self.may_look_after(from) && self.may_grant(to)
    }
}

#[cfg(test)]
mod tests {
    use super::Role::{Admin, Auditor, Host, Member, Moderator};
    use super::*;

    #[test]
    fn nobody_grants_more_than_they_have_and_only_an_admin_grants_moderator() {
        for (who, grants) in
            [(Auditor, vec![]), (Member, vec![]), (Host, vec![Member, Host]), (Moderator, vec![Member, Host]), (Admin, Role::ALL.to_vec())]
        {
            assert_eq!(who.grants(), grants, "{who:?}");
        }
    }

    #[test]
    fn staff_look_after_those_below_them() {
        for who in Role::ALL {
            for other in Role::ALL {
                let expected = who == Admin || (who > Member && other < who && other != Auditor);
                assert_eq!(who.may_look_after(other), expected, "{who:?} {other:?}");
            }
        }
        assert!(Host.may_change(Member, Host));
        assert!(!Host.may_change(Host, Member));
        assert!(!Moderator.may_change(Host, Moderator));
        assert!(!Moderator.may_change(Member, Admin));
        assert!(Admin.may_change(Admin, Member));
        assert!(Admin.may_change(Member, Auditor) && !Moderator.may_change(Member, Auditor));
    }

    #[test]
    fn logs_are_read_by_admins_and_auditors_only() {
        let readers: Vec<Role> = Role::ALL.into_iter().filter(|role| role.may_read_logs()).collect();
        assert_eq!(readers, [Auditor, Admin]);
        assert!(Auditor < Host, "no page of staff opens for an auditor");
    }

    #[test]
    fn what_gives_a_role_asks_for_a_promise_and_what_takes_one_away_does_not() {
        let asked: Vec<(Role, Role)> =
            Role::ALL.into_iter().flat_map(|from| Role::ALL.map(|to| (from, to))).filter(|(from, to)| from.promises_for(*to)).collect();
        let expected = [
            (Auditor, Host),
            (Auditor, Moderator),
            (Auditor, Admin),
            (Member, Auditor),
            (Member, Host),
            (Member, Moderator),
            (Member, Admin),
            (Host, Moderator),
            (Host, Admin),
            (Moderator, Admin),
        ];
        assert_eq!(asked, expected);
    }

    #[test]
    fn roles_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("owner"), None);
    }
}
