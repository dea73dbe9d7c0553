-- Objections of people to a use of their data (GDPR 21, care R11): src/features/takeout/objections. Gone with the account, and some
-- time after the answer (retention).
CREATE TABLE objections (
    id         TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    about      TEXT   NOT NULL,                -- sharing kept sums other
    words      TEXT   NOT NULL,                -- as typed; '' when it was taken back
    paused     BIGINT NOT NULL,                -- 1: the person asked for a pause of everything with it
    state      TEXT   NOT NULL,                -- open granted partly refused withdrawn
    made_at    BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,                -- when an answer is due: one month later (GDPR 12(3))
    ended_at   BIGINT,                         -- when it was answered or taken back
    reason     TEXT   NOT NULL                 -- what was said with the answer
);
CREATE INDEX objections_by_person ON objections (account_id, made_at);
CREATE INDEX objections_open ON objections (due_at) WHERE state = 'open';
CREATE INDEX objections_ended ON objections (ended_at) WHERE ended_at IS NOT NULL;
