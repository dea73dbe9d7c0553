-- Groups, who is in them, who they are shared with.
--
-- `groups.id` is the id of the group's row in `actors`, for groups that live here and for groups of partners alike.
-- A group lives here when `home_id` is NULL; otherwise `home_id` is the partner it lives at and the row is our copy of what
-- that home last said in Update{Group} (docs: groups.md row 14). Times are milliseconds; `''` means "nothing was said".

CREATE TABLE groups (
  id                     TEXT PRIMARY KEY,
  uri                    TEXT NOT NULL UNIQUE,          -- the wire id of the Group actor
  home_id                TEXT,                          -- partners.id; NULL: this house
  name                   TEXT NOT NULL,
  purpose                TEXT NOT NULL,                 -- Markdown as typed; '' for groups of partners
  purpose_html           TEXT NOT NULL,                 -- cleaned; what pages and the wire show
  rules                  TEXT NOT NULL,                 -- one rule a line, plain text
  hours                  TEXT NOT NULL,                 -- "Mo-Fr 10:00-16:00" or ''
  language               TEXT NOT NULL,                 -- "en", "nl", "da" or ''
  host_name              TEXT NOT NULL,                 -- name of the host as shown on the joining page
  join_rule              TEXT NOT NULL,                 -- open | ask | invite
  reach                  TEXT NOT NULL,                 -- house | partners | everyone
  listed                 BIGINT NOT NULL DEFAULT 1,     -- 0: not in the directory, found by members and the invited only
  archived_at            BIGINT,                        -- reading only
  ended_at               BIGINT,                        -- groups of partners: the home no longer shares it with us
  shared_with            TEXT NOT NULL DEFAULT '[]',    -- groups of partners: JSON list of {id, name}, as the home last said
  list_version           BIGINT NOT NULL DEFAULT 1,     -- grows when an organisation is added to the readers
  shared_with_changed_at BIGINT,                        -- when it last grew: members are told from this moment on
  founded_at             BIGINT NOT NULL,
  updated_at             BIGINT NOT NULL                -- `updated` on the wire: strictly increasing; an older one is ignored
);

-- With which partners a group of this house is shared. A row stays when sharing ends: `ended_at` says when.
CREATE TABLE group_partners (
  group_id   TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  partner_id TEXT NOT NULL,
  since      BIGINT NOT NULL,                           -- only what is written from here on goes to this partner
  ended_at   BIGINT,
  PRIMARY KEY (group_id, partner_id)
);
CREATE INDEX group_partners_by_partner ON group_partners (partner_id, group_id);

-- One row per person and group, for as long as the person exists. Leaving and returning change the state of the same row.
-- `actor_id` is a persona of this house or, in groups that live here, a guest persona (see `guests`).
CREATE TABLE memberships (
  id                TEXT PRIMARY KEY,
  group_id          TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  actor_id          TEXT NOT NULL,
  role              TEXT NOT NULL,                      -- member | host | moderator
  state             TEXT NOT NULL,                      -- invited | pending | active | resting | refused | removed
  paused_until      BIGINT,                             -- a pause ends by itself at this moment
  reason            TEXT NOT NULL DEFAULT '',           -- what the hosts told the person: pause, refusal, removal
  word              TEXT NOT NULL DEFAULT '',           -- what the person told the hosts when asking
  follow_id         TEXT,                               -- wire id of the Follow that asked last, at both ends
  guest_uri         TEXT,                               -- groups of partners: the guest persona our persona has there
  wished_at         BIGINT NOT NULL,                    -- when the person last asked, left or returned; an older wish is ignored
  answered_at       BIGINT NOT NULL DEFAULT 0,          -- groups of partners: `published` of the newest answer that was applied
  joined_at         BIGINT,
  changed_at        BIGINT NOT NULL,
  seen_list_version BIGINT NOT NULL DEFAULT 0,          -- list of readers the person last confirmed
  UNIQUE (group_id, actor_id)
);
CREATE INDEX memberships_by_actor ON memberships (actor_id, state, group_id);
CREATE INDEX memberships_by_state ON memberships (group_id, state, wished_at, id);
CREATE INDEX memberships_by_follow ON memberships (follow_id);
CREATE INDEX memberships_by_guest ON memberships (guest_uri);

-- Groups that live here: the persona this house keeps for "that persona of a partner in this group". The same guest for ever.
CREATE TABLE guests (
  actor_id        TEXT PRIMARY KEY,                     -- actors.id of the guest, local
  group_id        TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  remote_actor_id TEXT NOT NULL,                        -- actors.id of the persona at the partner; never leaves this house
  partner_id      TEXT NOT NULL,
  UNIQUE (group_id, remote_actor_id)
);
CREATE INDEX guests_by_partner ON guests (partner_id, group_id);

-- One-use invitations to a group. Only a digest of the token is kept.
CREATE TABLE group_invitations (
  digest     TEXT PRIMARY KEY,
  group_id   TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  made_by    TEXT NOT NULL,                             -- actors.id of the host
  made_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT
);
CREATE INDEX group_invitations_by_group ON group_invitations (group_id, made_at);
