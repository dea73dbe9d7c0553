-- What belongs to a person: what they said yes or no to, a pause for everything of theirs, what they brought from another
-- house; and how long this house keeps what (src/features/consents, src/features/takeout).

-- Consents, only ever added to: the newest row of a person and a purpose says how it stands. Gone with the account.
CREATE TABLE consents (
    seq        BIGINT NOT NULL PRIMARY KEY,
    id         TEXT   NOT NULL UNIQUE,
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    purpose    TEXT   NOT NULL,               -- house · share:<group> · elsewhere:<purpose at another house>
    title      TEXT   NOT NULL,               -- what it is called: the name of the group or of the house
    state      TEXT   NOT NULL,               -- given narrowed withdrawn declined
    words      TEXT   NOT NULL,               -- what was shown: the list of organisations, the sentences
    lang       TEXT   NOT NULL,               -- language of the page; '' when it was no page
    version    BIGINT NOT NULL,               -- of what was shown
    basis      TEXT   NOT NULL,               -- data protection: consent · contract (GDPR 6, 9)
    secrecy    BIGINT NOT NULL,               -- 1: somebody is released from professional secrecy by it
    visibility BIGINT NOT NULL,               -- 1: it chooses who can see something
    at         BIGINT NOT NULL
);
CREATE INDEX consents_by_person ON consents (account_id, purpose, seq);

-- The notice about data protection as it was shown, a row for each version and language. Never changed.
CREATE TABLE privacy_notices (
    version BIGINT NOT NULL,
    lang    TEXT   NOT NULL,
    words   TEXT   NOT NULL,                  -- plain text, one paragraph a line; headings begin with '# '
    since   BIGINT NOT NULL,
    PRIMARY KEY (version, lang)
);

-- Texts of a person's own: what they brought from another house. Nobody else can see them.
CREATE TABLE notes (
    id         TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind       TEXT   NOT NULL,               -- post draft note
    place      TEXT   NOT NULL,               -- name of the group it was written in
    text       TEXT   NOT NULL,
    lang       TEXT   NOT NULL,
    written_at BIGINT NOT NULL,
    kept_at    BIGINT NOT NULL
);
CREATE INDEX notes_by_person ON notes (account_id, written_at, id);

-- How many days a kind of thing is kept, where this house chose otherwise than the program proposes.
CREATE TABLE retention (
    kind TEXT   NOT NULL PRIMARY KEY,
    days BIGINT NOT NULL
);

-- A persona whose person paused everything: nothing new of it leaves (deliveries are 'held'), nobody sees it (posts are 'frozen').
ALTER TABLE actors ADD COLUMN frozen_at BIGINT;
ALTER TABLE accounts ADD COLUMN frozen_at BIGINT;

-- What is past its time is found by its time.
CREATE INDEX inbox_handled ON inbox (handled_at) WHERE handled_at IS NOT NULL;
CREATE INDEX outbox_created ON outbox (created_at) WHERE body <> '';
CREATE INDEX drafts_saved ON drafts (saved_at);
CREATE INDEX post_notices_at ON post_notices (at);
CREATE INDEX deliveries_held ON deliveries (outbox_seq) WHERE state = 'held';
