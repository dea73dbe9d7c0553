-- The audit log: what was decided, looked at, exported and erased, by whom and on what ground, in the fields of NEN 7513
-- (care R25). Rows are only ever added; each holds the hash of the one before it, so that a changed or missing row is found.
-- It says facts, never content: ids, codes, and the reason that a person typed where a reason is asked for.

CREATE TABLE audit (
    seq         BIGINT NOT NULL PRIMARY KEY,  -- 1, 2, 3 …: a gap is a missing row
    at          BIGINT NOT NULL,              -- milliseconds
    event       TEXT   NOT NULL,              -- what happened: a code of src/audit
    outcome     TEXT   NOT NULL,              -- done refused
    user_id     TEXT   NOT NULL,              -- who did it: an account's id, 'console', 'machine'
    role        TEXT   NOT NULL,              -- in which role
    responsible TEXT   NOT NULL,              -- who answers for it: the second person, or the one who did it
    purpose     TEXT   NOT NULL,              -- what for: a code
    access      TEXT   NOT NULL,              -- where: page command partner machine
    object_kind TEXT   NOT NULL,              -- what it concerns
    object_id   TEXT   NOT NULL,
    client      TEXT   NOT NULL,              -- whose data: an account's or persona's id; '' nobody's
    ground      TEXT   NOT NULL,              -- on what ground: a role, the id of a consent or of a break-glass
    words       TEXT   NOT NULL,              -- the typed reason, or what changed in codes
    previous    TEXT   NOT NULL,              -- hash of the row before; '' for the first
    hash        TEXT   NOT NULL UNIQUE
);
CREATE INDEX audit_by_client ON audit (client, seq) WHERE client <> '';
CREATE INDEX audit_by_event ON audit (event, seq);

-- What a house declares to its partners, and what each partner declared to us (partner_id '' is ourselves).
CREATE TABLE declarations (
    partner_id     TEXT   NOT NULL PRIMARY KEY,
    purpose        TEXT   NOT NULL,           -- why the houses share groups, in plain words
    role           TEXT   NOT NULL,           -- separate joint processor (GDPR 26, 28)
    retention_days BIGINT NOT NULL,           -- how long a copy is kept after its group ended; 0: not at all
    country        TEXT   NOT NULL,           -- where the data is hosted, ISO 3166 code
    contact        TEXT   NOT NULL,           -- who answers for data protection
    hours          TEXT   NOT NULL,           -- staffed hours, 'Mo-Fr 09:00-17:00'
    worry_contact  TEXT   NOT NULL,           -- who takes a worry in these hours
    confirmed_at   BIGINT                     -- when a person of the house said that this is true; NULL: still as installed
);
