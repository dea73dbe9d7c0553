-- Personas: the names under which an account takes part. A persona is an actor; this table is the only place that
-- knows whose it is, and it never leaves the instance.

CREATE TABLE personas (
    actor_id    TEXT   NOT NULL PRIMARY KEY REFERENCES actors (id),
    -- NULL once the account was erased: the row then only keeps the actor's address from coming back.
    account_id  TEXT   REFERENCES accounts (id),
    name        TEXT   NOT NULL,
    -- The form that is compared; NULL once the account was erased. A retired name stays taken while its account exists.
    folded_name TEXT   UNIQUE,
    created_at  BIGINT NOT NULL,
    retired_at  BIGINT
);
CREATE INDEX personas_by_account ON personas (account_id, created_at);
