-- Agreements between houses, the test with a canary before anything is shared, and the rules of what may flow.

-- What may flow with a partner by agreement, and until when deletions and receipts still move after an end.
ALTER TABLE partners ADD COLUMN flows TEXT NOT NULL DEFAULT 'groups media directory';
ALTER TABLE partners ADD COLUMN closing_until BIGINT;

-- One row for each partner. `terms` is what we offer; `agreed_terms` what both said yes to. All are JSON of a closed struct.
CREATE TABLE agreements (
    partner_id     TEXT   NOT NULL PRIMARY KEY,
    stage          TEXT   NOT NULL,           -- proposed agreed tested
    terms          TEXT   NOT NULL,
    agreed_terms   TEXT,
    agreed_at      BIGINT,
    their_offer    TEXT,                      -- address of their Offer that waits for our answer
    their_terms    TEXT,
    their_hash     TEXT   NOT NULL DEFAULT '',-- of their terms and their declaration, computed here
    trouble        TEXT   NOT NULL DEFAULT '',-- other-terms changed declined no-terms
    said           TEXT   NOT NULL DEFAULT '',-- their sentence with a no or with the end
    ended_by       TEXT   NOT NULL DEFAULT '',-- us them
    ended_at       BIGINT,
    erased_at      BIGINT,                    -- when the copies of their groups were erased here
    stop_when_over BIGINT NOT NULL DEFAULT 0, -- 1: pause by itself when the agreement is over
    signed_text    TEXT   NOT NULL DEFAULT '',
    signed_hash    TEXT   NOT NULL DEFAULT '',-- SHA-256 of the text
    signed_at      BIGINT
);

-- Our test at a partner: a post, an edit and an erasure that no person sees, each with its receipt.
CREATE TABLE canary_tests (
    partner_id TEXT   NOT NULL PRIMARY KEY,
    started_at BIGINT NOT NULL,
    create_uri TEXT   NOT NULL,
    update_uri TEXT   NOT NULL,
    delete_uri TEXT   NOT NULL,
    first      TEXT   NOT NULL,               -- digest that the receipt of the post must name
    second     TEXT   NOT NULL,               -- digest that the receipt of the edit must name
    created_at BIGINT,
    edited_at  BIGINT,
    erased_at  BIGINT,
    failed     TEXT   NOT NULL DEFAULT '',    -- post edit erase: the step that was answered wrongly
    good_at    BIGINT                         -- the last test that came to a good end
);
CREATE INDEX canary_tests_by_create ON canary_tests (create_uri);

-- A partner's canary, as long as its test runs.
CREATE TABLE canary_copies (
    partner_id TEXT   NOT NULL PRIMARY KEY,
    uri        TEXT   NOT NULL,
    text       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    done_at    BIGINT
);

-- What may flow: for the house (both empty), a partner, a group, or a group at a partner. The narrowest wins; no rule: no.
CREATE TABLE policy_rules (
    what       TEXT NOT NULL,                 -- share directory media join strangers
    partner_id TEXT NOT NULL,
    group_id   TEXT NOT NULL,
    effect     TEXT NOT NULL,                 -- allow deny; for strangers: allow known never
    PRIMARY KEY (what, partner_id, group_id)
);
CREATE TABLE policy_known (
    origin TEXT NOT NULL PRIMARY KEY          -- organisations that are no partners and known all the same
);
INSERT INTO policy_rules (what, partner_id, group_id, effect) VALUES
    ('share', '', '', 'allow'), ('directory', '', '', 'allow'), ('media', '', '', 'allow'), ('join', '', '', 'allow'),
    ('strangers', '', '', 'allow');

-- Partners from before there were declarations count as having declared what a new house declares; nobody confirmed it.
INSERT INTO declarations (partner_id, purpose, role, retention_days, country, contact, hours, worry_contact, confirmed_at)
    SELECT id, 'People of our organisations meet in shared groups.', 'separate', 0, 'NL', 'The admin of this house', 'Mo-Fr 09:00-17:00',
        'The desk of this house', NULL
    FROM partners WHERE id NOT IN (SELECT partner_id FROM declarations);
