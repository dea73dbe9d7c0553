-- When something went wrong with what is known about people (GDPR 33 and 34, care R19): what happened, whom it concerns, and
-- who was told when. Rows are only added, except for the moment at which it was closed.
CREATE TABLE incidents (
    id         TEXT   NOT NULL PRIMARY KEY,
    noticed_at BIGINT NOT NULL,              -- the 72 hours run from here
    opened_at  BIGINT NOT NULL,
    opened_by  TEXT   NOT NULL,              -- account
    what       TEXT   NOT NULL,              -- in the words of whoever wrote it down; those who are told read it
    advice     TEXT   NOT NULL,              -- what people can do themselves; they read it too
    kinds      TEXT   NOT NULL,              -- codes of the kinds of data, with a space between
    closed_at  BIGINT
);
CREATE INDEX incidents_by_time ON incidents (noticed_at, id);

-- What it touches: `house` (everything), a group, or a partner.
CREATE TABLE incident_scope (
    incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    kind        TEXT NOT NULL,               -- house | group | partner
    thing       TEXT NOT NULL,               -- id of ours; '' for the house
    PRIMARY KEY (incident_id, kind, thing)
);

CREATE TABLE incident_steps (
    id          TEXT   NOT NULL PRIMARY KEY,
    incident_id TEXT   NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    step        TEXT   NOT NULL,             -- authority | people | partner | note | closed
    partner_id  TEXT   NOT NULL,             -- '' for all but `partner`
    told        BIGINT NOT NULL,             -- 0: it was decided that it is not needed; `words` say why
    words       TEXT   NOT NULL,
    by_account  TEXT   NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX incident_steps_by_time ON incident_steps (incident_id, at, id);

-- Which people of this house were told. It goes with the account.
CREATE TABLE incident_told (
    incident_id TEXT   NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    account_id  TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (incident_id, account_id)
);
CREATE INDEX incident_told_by_account ON incident_told (account_id);
