-- The ledger: what of whom went to which partner, and what became of it; and erasures that outlive a restore.
-- A push is one row of `deliveries` with its row of `outbox`, written in the transaction of the change that causes it. There is no
-- second record of it: what was missing is added here.

-- The actor of this house whose words, or whose name, it carries (a persona, or a guest persona); NULL: nobody's.
ALTER TABLE outbox ADD COLUMN whose TEXT;
-- What kind of thing it is: a code of federation::ledger.
ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT '';
-- Names of the organisations that the receiver had declared, at that moment, to pass it on to; JSON.
ALTER TABLE outbox ADD COLUMN onward TEXT NOT NULL DEFAULT '[]';

CREATE INDEX outbox_whose ON outbox (whose, seq) WHERE whose IS NOT NULL;
CREATE INDEX outbox_thread ON outbox (thread, seq);
-- Bodies that are still there: they are emptied when every delivery has ended well.
CREATE INDEX outbox_full ON outbox (seq) WHERE body <> '';
-- Who has been asked to confirm a deletion and has not.
CREATE INDEX outbox_asked ON outbox (seq) WHERE receipt = 1;
-- Somebody of a partner may be a guest in several groups.
CREATE INDEX guests_by_person ON guests (remote_actor_id);

-- What a partner read by a signed GET, written before the bytes leave. One row for each document, partner and day.
CREATE TABLE served (
    partner_id TEXT   NOT NULL,
    document   TEXT   NOT NULL,         -- address of what was read; of a page of posts also one row for each post
    day        BIGINT NOT NULL,         -- days since 1970, UTC
    seq        BIGINT NOT NULL UNIQUE,  -- order, from the same numbers as outbox.seq
    kind       TEXT   NOT NULL,
    whose      TEXT,
    times      BIGINT NOT NULL,
    first_at   BIGINT NOT NULL,
    last_at    BIGINT NOT NULL,
    PRIMARY KEY (partner_id, document, day)
);
CREATE INDEX served_document ON served (document);
CREATE INDEX served_whose ON served (whose, seq) WHERE whose IS NOT NULL;

-- What was erased here, in order, by id only. A job copies each row into a file beside the database, so that a restore of an
-- older copy can be made to forget again what was forgotten since.
CREATE TABLE erasures (
    subject TEXT   NOT NULL,            -- address of an object or actor; id of an account
    kind    TEXT   NOT NULL,            -- object, back (an object was brought back), actor, account
    at      BIGINT NOT NULL,
    written BIGINT NOT NULL,            -- 1: it stands in the file
    PRIMARY KEY (subject, kind, at)
);
CREATE INDEX erasures_unwritten ON erasures (at) WHERE written = 0;

-- Switches of this house about erasures, by name.
CREATE TABLE erasure_rules (
    name  TEXT   NOT NULL PRIMARY KEY,  -- pause-after-week: a partner that does not confirm for seven days is paused
    value BIGINT NOT NULL
);

-- Erased people, until their keys can go as well: found by the job that lets go of them.
CREATE INDEX actors_gone ON actors (gone_at) WHERE gone_at IS NOT NULL;
