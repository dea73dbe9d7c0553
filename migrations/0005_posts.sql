-- Posts and replies: own, waiting and copied ones in one table (src/features/posts).
-- Times are milliseconds; flags are 0 or 1; an empty text stands for "none" where a column is NOT NULL.

CREATE TABLE posts (
    id            TEXT   NOT NULL PRIMARY KEY,  -- ours, also for copies: the address of the page is /o/<id>
    group_id      TEXT   NOT NULL,              -- groups.id
    author_id     TEXT   NOT NULL,              -- actors.id: own persona, guest (at the home) or actor of the home (in a copy)
    uri           TEXT   UNIQUE,                -- the home's id of the post; NULL until the home has taken it
    origin_uri    TEXT   UNIQUE,                -- the writer's own id; at the home private, never sent to a third party
    create_uri    TEXT   UNIQUE,                -- the Create that brought it: received (home) or sent (writer's house)
    announce_uri  TEXT   UNIQUE,                -- home: the Announce that shared it first
    parent_id     TEXT,                         -- the post this answers; NULL: begins a thread (or answers one that is not here)
    parent_uri    TEXT,                         -- in a copy: the home's id of the post this answers, known here or not
    root_id       TEXT   NOT NULL,              -- the beginning of the thread (its own id when it is one)
    replaces      TEXT,                         -- uri of the deleted post that this one brings back
    replaced_by   TEXT,                         -- id of the post that brought this one back
    source        TEXT   NOT NULL,              -- Markdown as typed
    html          TEXT   NOT NULL,              -- cleaned
    excerpt       TEXT   NOT NULL,              -- the first words, plain
    lang          TEXT   NOT NULL,              -- BCP 47
    label         TEXT   NOT NULL,              -- topic, free words
    label_key     TEXT   NOT NULL,              -- lower case, for finding
    state         TEXT   NOT NULL,              -- waiting posted deleted removed refused withdrawn
    reason        TEXT   NOT NULL,              -- why removed or refused, for the writer
    audience_id   TEXT,                         -- home: the partners that may hold it (federation audience)
    readers       TEXT   NOT NULL,              -- writer's house: names of the organisations the group was shared with then, JSON
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,              -- `updated` on the wire; only grows
    origin_updated_at BIGINT NOT NULL,          -- home: `updated` of the guest's house that was applied last
    edited_at     BIGINT,                       -- the writer changed the text
    deleted_at    BIGINT,
    undo_until    BIGINT,                       -- the text of a deleted or removed post is kept at the writer's house until then
    pinned        BIGINT NOT NULL,
    closed        BIGINT NOT NULL,
    listed_at     BIGINT NOT NULL,              -- place in the timeline: 0 = not in it; else the later of writing and last answer
    answered      BIGINT NOT NULL,              -- somebody else answered this thread, or its beginning is gone
    change_uri    TEXT,                         -- the last Announce{Update|Delete} (home) or Update|Delete (writer's house) that asked for receipts
    answer_uri    TEXT,                         -- home: the guest's Delete that waits for the figures
    answer_to     TEXT,                         -- home: the partner it came from
    told          BIGINT NOT NULL,              -- partners told of the last change
    confirmed     BIGINT NOT NULL,              -- partners that confirmed it
    edit_source   TEXT,                         -- writer's house: the change that waits for the home
    edit_lang     TEXT   NOT NULL,
    edit_label    TEXT   NOT NULL,
    edit_uri      TEXT   UNIQUE,                -- the Update that carries it
    edit_reason   TEXT   NOT NULL               -- why the home refused it
);

-- The group page: threads by last answer; one index walk per page. The pinned ones are few and stand in an index of their own.
CREATE INDEX posts_timeline ON posts (group_id, listed_at, id) WHERE listed_at > 0;
CREATE INDEX posts_label ON posts (group_id, label_key, listed_at, id) WHERE listed_at > 0;
CREATE INDEX posts_pinned ON posts (group_id, listed_at) WHERE pinned = 1;
-- The thread page, oldest first.
CREATE INDEX posts_thread ON posts (root_id, created_at, id);
-- Threads without an answer, oldest first.
CREATE INDEX posts_unanswered ON posts (group_id, created_at, id) WHERE listed_at > 0 AND answered = 0;
-- What a writer has waiting, refused or removed.
CREATE INDEX posts_unsettled ON posts (author_id, group_id, created_at) WHERE state <> 'posted';
-- Everything a writer has posted, for taking all of it away.
CREATE INDEX posts_author ON posts (author_id, created_at, id) WHERE state = 'posted';
CREATE INDEX posts_parent ON posts (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX posts_orphans ON posts (parent_uri) WHERE parent_uri IS NOT NULL AND parent_id IS NULL;
CREATE INDEX posts_change ON posts (change_uri) WHERE change_uri IS NOT NULL;
CREATE INDEX posts_replaces ON posts (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX posts_undo ON posts (undo_until) WHERE undo_until IS NOT NULL;
-- History for a partner and the count.
CREATE INDEX posts_history ON posts (group_id, created_at, id) WHERE state = 'posted';

-- Text kept for later. One per persona and place: a group, or an answer to one post.
CREATE TABLE drafts (
    actor_id  TEXT   NOT NULL,
    group_id  TEXT   NOT NULL,
    parent_id TEXT   NOT NULL,                  -- '' for a new thread
    source    TEXT   NOT NULL,
    lang      TEXT   NOT NULL,
    label     TEXT   NOT NULL,
    saved_at  BIGINT NOT NULL,
    PRIMARY KEY (actor_id, group_id, parent_id)
);

-- What concerns a person here: an answer to them, their name in a post. Nothing says whether it was read.
CREATE TABLE post_notices (
    actor_id TEXT   NOT NULL,
    post_id  TEXT   NOT NULL,
    group_id TEXT   NOT NULL,
    kind     TEXT   NOT NULL,                   -- answer mention
    at       BIGINT NOT NULL,
    PRIMARY KEY (actor_id, post_id)
);
CREATE INDEX post_notices_newest ON post_notices (actor_id, at, post_id);
CREATE INDEX post_notices_post ON post_notices (post_id);

-- Topics used in a group, for suggestions.
CREATE TABLE post_labels (
    group_id  TEXT   NOT NULL,
    label_key TEXT   NOT NULL,
    label     TEXT   NOT NULL,
    used_at   BIGINT NOT NULL,
    PRIMARY KEY (group_id, label_key)
);
