-- Accounts: how a person signs in. Nothing in these tables ever leaves the instance, and nothing outside
-- features/accounts reads them. Times are milliseconds; what a person sees of their own sessions is kept per day only.

CREATE TABLE accounts (
    id             TEXT   NOT NULL PRIMARY KEY,
    -- As its owner wrote it, and the form that is compared (lower case, no spaces or small signs).
    sign_in_name   TEXT   NOT NULL,
    folded_name    TEXT   NOT NULL UNIQUE,
    -- PHC string of argon2id.
    passphrase     TEXT   NOT NULL,
    -- member, host, moderator or admin.
    role           TEXT   NOT NULL,
    -- What this person's own pages call them: the name of a persona, kept here so that a page needs one query.
    called         TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    -- When the account was put to rest: it cannot sign in, nothing is erased.
    deactivated_at BIGINT
);
CREATE INDEX accounts_by_role ON accounts (role, deactivated_at);

CREATE TABLE sessions (
    -- For listing and ending; knowing it does not sign anyone in.
    id         TEXT   NOT NULL PRIMARY KEY,
    -- SHA-256 of the cookie's token.
    token_hash TEXT   NOT NULL UNIQUE,
    account_id TEXT   NOT NULL REFERENCES accounts (id),
    -- "Firefox/Android": two words of what the browser said, nothing more.
    agent      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    -- Beginning of the day (UTC) on which it was last used.
    seen_day   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- 1: the next request gets a new token (the role changed).
    renew      BIGINT NOT NULL,
    -- Until when this session may set a new passphrase without the old one (it began with a one-use link); 0 never.
    reset_until BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id, expires_at);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- Links that make one account, once: invitations, and the link that makes the first admin (kind "setup").
-- A used link does not say which account came of it.
CREATE TABLE invitations (
    id         TEXT   NOT NULL PRIMARY KEY,
    token_hash TEXT   NOT NULL UNIQUE,
    -- invite or setup.
    kind       TEXT   NOT NULL,
    role       TEXT   NOT NULL,
    -- Two calm words on the paper and in the list, so that staff can tell two invitations apart. Not a secret.
    label      TEXT   NOT NULL,
    -- The account that made it; NULL for the command line, or when that account was erased.
    made_by    TEXT   REFERENCES accounts (id),
    made_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT,
    revoked_at BIGINT
);
CREATE INDEX invitations_by_time ON invitations (made_at, id);
CREATE INDEX invitations_by_maker ON invitations (made_by);

-- Links that sign one account in, once: printed by staff for someone who forgot.
CREATE TABLE sign_in_links (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL REFERENCES accounts (id),
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX sign_in_links_by_account ON sign_in_links (account_id);

-- How fast someone may try: the time until which the attempts so far fill the pace. The key is a hash of a name or a
-- client address; a row says nothing once its time has passed, and is then removed.
CREATE TABLE sign_in_pace (
    bucket     TEXT   NOT NULL PRIMARY KEY,
    busy_until BIGINT NOT NULL
);
CREATE INDEX sign_in_pace_by_time ON sign_in_pace (busy_until);
