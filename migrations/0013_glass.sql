-- Private keys are sealed (AES-256-GCM) under the instance's key, which is in a file and not here. Keys of an earlier version
-- are sealed at the next start.
ALTER TABLE actors ADD COLUMN sealed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX actors_sealed ON actors (sealed) WHERE sealed = 1;
CREATE INDEX actors_unsealed ON actors (id) WHERE sealed = 0 AND private_key IS NOT NULL;

-- Reading a group that one is not a member of, because a life may be in danger (care R28): asked for by one person of staff,
-- agreed to by another, and over after an hour. What was read is in the audit log, with the id of this row as its ground.
CREATE TABLE glasses (
    id          TEXT   NOT NULL PRIMARY KEY,
    group_id    TEXT   NOT NULL,
    asked_by    TEXT   NOT NULL,               -- account
    asked_at    BIGINT NOT NULL,
    reason      TEXT   NOT NULL,               -- as typed; those whose words are in the group read it
    state       TEXT   NOT NULL,               -- asked open refused ended
    answered_by TEXT   NOT NULL DEFAULT '',    -- the second person's account
    answered_at BIGINT,
    ends_at     BIGINT,                        -- when reading ends by itself
    told_at     BIGINT                         -- when the people of the group were told: at the first page that was read
);
CREATE INDEX glasses_by_group ON glasses (group_id, asked_at);
CREATE INDEX glasses_by_time ON glasses (asked_at, id);

-- "Who looked?" is asked by person and time.
CREATE INDEX audit_by_user ON audit (user_id, seq);
