-- Federation: who we know, with whom we speak, what came in and what went out. No table here knows a sign-in.

-- Every ActivityPub actor, ours or another's. `partner_id` is NULL for ours. Private keys exist for ours only.
CREATE TABLE actors (
    id TEXT PRIMARY KEY NOT NULL,
    uri TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,                 -- person, group, application
    partner_id TEXT,
    name TEXT NOT NULL,
    inbox TEXT NOT NULL,
    shared_inbox TEXT,
    key_id TEXT NOT NULL,
    public_key TEXT NOT NULL,           -- SPKI PEM; empty while unknown
    private_key TEXT,                   -- PKCS#8 in base64
    gone_at BIGINT,
    fetched_at BIGINT,
    created_at BIGINT NOT NULL
);
-- The key of a request is looked up from its partner, so that a foreign key cannot be found (threats R3).
CREATE INDEX actors_by_key ON actors (key_id, partner_id);

-- Partners: instances with which there is (or was) an agreement. A host that is not here is a stranger.
CREATE TABLE partners (
    id TEXT PRIMARY KEY NOT NULL,
    origin TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    state TEXT NOT NULL,                -- proposed, active, paused, ended
    handshake BIGINT NOT NULL,          -- 0: added by hand, other software, no receipts promised
    actor_uri TEXT,                     -- its instance actor
    shared_inbox TEXT,
    offer_uri TEXT,                     -- our Offer that waits for an answer
    started_at BIGINT,
    changed_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Audiences: closed sets of partners, resolved when something is written and never widened (design D3).
CREATE TABLE audiences (
    id TEXT PRIMARY KEY NOT NULL        -- hash of the sorted set
);
CREATE TABLE audience_partners (
    audience_id TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    PRIMARY KEY (audience_id, partner_id)
);

-- What came in: committed before it is answered, handled once. The body is emptied when it has been handled.
CREATE TABLE inbox (
    seq BIGINT PRIMARY KEY NOT NULL,
    partner_id TEXT NOT NULL,
    activity_uri TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    verb TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,                -- new, waiting, handled, ignored, refused, parked
    reason TEXT,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    handled_at BIGINT,
    UNIQUE (partner_id, activity_uri)
);
CREATE INDEX inbox_due ON inbox (next_at, seq) WHERE state IN ('new', 'waiting');

-- What goes out: written in the transaction of the change that causes it.
CREATE TABLE outbox (
    seq BIGINT PRIMARY KEY NOT NULL,
    activity_uri TEXT NOT NULL UNIQUE,
    actor_id TEXT NOT NULL,
    thread TEXT NOT NULL,               -- what must stay in order: the group, or the partner for agreements
    verb TEXT NOT NULL,
    about TEXT,                         -- address of the object that is disclosed
    answers TEXT,                       -- the activity of the partner that this one answers
    receipt BIGINT NOT NULL,            -- 1: the partners are asked to confirm
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX outbox_about ON outbox (about, seq);

-- One row for each partner a thing goes to: the disclosure and its delivery in one.
CREATE TABLE deliveries (
    partner_id TEXT NOT NULL,
    outbox_seq BIGINT NOT NULL,
    thread TEXT NOT NULL,
    state TEXT NOT NULL,                -- waiting, delivered, refused, gave_up, cancelled
    status BIGINT,                      -- last HTTP status
    reason TEXT,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    done_at BIGINT,
    receipt_at BIGINT,
    PRIMARY KEY (partner_id, outbox_seq)
);
CREATE INDEX deliveries_waiting ON deliveries (partner_id, outbox_seq) WHERE state = 'waiting';
CREATE INDEX deliveries_of ON deliveries (outbox_seq);

-- One lane for each partner with something waiting: back-off of the partner as a whole and the lease of its worker.
CREATE TABLE lanes (
    partner_id TEXT PRIMARY KEY NOT NULL,
    next_at BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    failing_since BIGINT,
    lease_until BIGINT NOT NULL,
    fence BIGINT NOT NULL
);
CREATE INDEX lanes_due ON lanes (next_at);

-- Addresses of things that were deleted before or after we knew them: they never come back.
CREATE TABLE tombstones (
    uri TEXT PRIMARY KEY NOT NULL,
    buried_at BIGINT NOT NULL
);
