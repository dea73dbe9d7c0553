-- Browsers that signed in before, and what those who run the house look at.

-- A browser that signed in to an account before is let try whatever strangers guess. The key is a hash over the random token in its
-- cookie and the account, so that rows say neither who it is nor that two people share a browser. The end is a day.
CREATE TABLE known_browsers (
    hash       TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL REFERENCES accounts (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX known_browsers_by_account ON known_browsers (account_id, expires_at);
CREATE INDEX known_browsers_by_end ON known_browsers (expires_at);

-- The queue shows what is not delivered, newest first: few rows among many that are.
CREATE INDEX deliveries_open ON deliveries (outbox_seq, partner_id) WHERE state <> 'delivered';
-- What came in and was put aside, and work that was given up.
CREATE INDEX inbox_parked ON inbox (seq) WHERE state = 'parked';
CREATE INDEX jobs_dead ON jobs (run_at, id) WHERE state = 'dead';
