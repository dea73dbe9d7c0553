-- Moderation: what people told (reports, worries, appeals) and the cases in which it is looked after. Nothing here ever leaves
-- the house but what `reports.to_flag` and `reports.from_flag` name: an address, a category and the words that were sent.

-- One matter on the desk. Several reports about the same post are one case.
CREATE TABLE cases (
    id          TEXT   NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL,              -- report worry appeal
    group_id    TEXT   NOT NULL,              -- '' : of no group (a person from outside told us)
    post_id     TEXT   NOT NULL,              -- '' : of no post
    author_id   TEXT   NOT NULL,              -- actors.id of the writer; ''
    for_staff   BIGINT NOT NULL,              -- 1: also for the moderators of the house
    state       TEXT   NOT NULL,              -- new owned acting explained closed appealed
    owner       TEXT   NOT NULL DEFAULT '',   -- who took it: an account's id
    decided_by  TEXT   NOT NULL DEFAULT '',   -- appealed: whose decision it was; they do not take it again
    appealed    BIGINT NOT NULL DEFAULT 0,    -- 1: the writer asked somebody else to look again
    outcome     TEXT   NOT NULL DEFAULT '',   -- how it ended
    out_by      TEXT   NOT NULL DEFAULT '',   -- somebody proposes to take the writer out of the group: their account …
    out_actor   TEXT   NOT NULL DEFAULT '',   -- … the persona they do it as …
    out_reason  TEXT   NOT NULL DEFAULT '',   -- … and what the person is told. A second person says yes or no.
    opened_at   BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    due_at      BIGINT,                       -- worry: until when a person was promised
    taken_at    BIGINT,
    closed_at   BIGINT
);
CREATE INDEX cases_open ON cases (opened_at, id) WHERE state <> 'closed';
CREATE INDEX cases_closed ON cases (closed_at) WHERE state = 'closed';
CREATE INDEX cases_by_post ON cases (post_id, opened_at) WHERE post_id <> '';

-- One thing that somebody told. A row may have a case here, a partner it came from, a partner it went to; a worry that is
-- handed on has both partners and no case.
CREATE TABLE reports (
    id           TEXT   NOT NULL PRIMARY KEY,
    kind         TEXT   NOT NULL,             -- report worry appeal
    case_id      TEXT   NOT NULL,             -- ''
    group_id     TEXT   NOT NULL,             -- ''
    post_id      TEXT   NOT NULL,             -- ''
    reporter_id  TEXT   NOT NULL,             -- persona of this house; '' : a partner's, or somebody without a sign-in
    may_talk     BIGINT NOT NULL,             -- 1: the reporter may be named to who looks after the case
    category     TEXT   NOT NULL,
    words        TEXT   NOT NULL,             -- plain text
    from_partner TEXT   NOT NULL,             -- ''
    from_flag    TEXT   UNIQUE,               -- the partner's Flag that is answered
    to_partner   TEXT   NOT NULL,             -- ''
    to_flag      TEXT   UNIQUE,               -- our Flag
    status       TEXT   NOT NULL,             -- sent taken nobody closed
    outcome      TEXT   NOT NULL DEFAULT '',
    due_at       BIGINT,                      -- worry: without an answer by then it is "nobody on shift"
    said_at      BIGINT NOT NULL,
    answered_at  BIGINT
);
CREATE INDEX reports_by_case ON reports (case_id, said_at) WHERE case_id <> '';
CREATE INDEX reports_by_reporter ON reports (reporter_id, said_at) WHERE reporter_id <> '';
CREATE INDEX reports_by_post ON reports (post_id, from_partner) WHERE post_id <> '';

-- How soon a person of this house looks at a worry within the staffed hours: one row.
CREATE TABLE worry_promise (
    id      BIGINT NOT NULL PRIMARY KEY,      -- 1
    minutes BIGINT NOT NULL
);

-- Who removed a post (actors.id), so that somebody else looks again when the writer asks.
ALTER TABLE posts ADD COLUMN removed_by TEXT NOT NULL DEFAULT '';

-- "There is news" on somebody's first page, without saying what: one line for each kind.
CREATE TABLE post_news (
    actor_id TEXT   NOT NULL,
    kind     TEXT   NOT NULL,                 -- told appeal
    at       BIGINT NOT NULL,
    PRIMARY KEY (actor_id, kind)
);
