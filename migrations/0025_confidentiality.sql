-- What people promised about confidentiality before they got a role (care R33), and that they said it goes on when they had none any
-- more (care R31): src/features/accounts/confidentiality. Rows are only added; they go with the account.
CREATE TABLE confidentiality (
    seq         BIGINT NOT NULL PRIMARY KEY,
    account_id  TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind        TEXT   NOT NULL,               -- promise goes-on
    way         TEXT   NOT NULL,               -- page paper
    words       TEXT   NOT NULL,               -- what was shown; '' for paper
    version     BIGINT NOT NULL,               -- of the words; 0 for paper
    hash        TEXT   NOT NULL,               -- SHA-256 of the words; '' for paper
    lang        TEXT   NOT NULL,               -- language of the words; '' for paper
    signed_at   BIGINT NOT NULL,               -- when it was said; for paper noon of the day that stands on it
    recorded_at BIGINT NOT NULL
);
CREATE INDEX confidentiality_by_person ON confidentiality (account_id, kind, seq);
