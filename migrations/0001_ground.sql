-- The ground of the database: marks that the instance leaves for itself, and durable work.
-- Rules for every migration: TEXT and BIGINT columns only, time is milliseconds since 1970, flags are 0 or 1,
-- the same text must run on SQLite and on PostgreSQL.

-- Facts about this database itself, by name ("restored" = moment of the last restore, until an admin has dealt with it).
CREATE TABLE marks (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Durable work. A row is written in the transaction that causes the work (design D5) and leaves when the work is done.
CREATE TABLE jobs (
    id TEXT NOT NULL PRIMARY KEY,
    -- Which entry of the registry runs it.
    kind TEXT NOT NULL,
    -- Work with the same kind and key exists once while it is unfinished; NULL = no such limit.
    key TEXT,
    payload TEXT NOT NULL,
    -- Not before this moment.
    run_at BIGINT NOT NULL,
    -- A worker holds it until this moment; 0 = nobody.
    lease_until BIGINT NOT NULL DEFAULT 0,
    -- Grows with every lease. A worker that wakes up late holds an old number and can change nothing any more.
    fence BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    -- 1 = it was asked for again while a worker had it, so it runs once more.
    again BIGINT NOT NULL DEFAULT 0,
    -- 'waiting' or 'dead' (given up; an admin may retry). Finished work has no row.
    state TEXT NOT NULL DEFAULT 'waiting',
    -- A code of ours that says why the last attempt failed; never text of people or of other servers.
    reason TEXT
);

CREATE UNIQUE INDEX jobs_key ON jobs (kind, key) WHERE key IS NOT NULL AND state = 'waiting';
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE state = 'waiting';
