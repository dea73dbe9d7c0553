-- Own posts that wait for a group's home, found by the group: when the group is not shared with this house any more, they come back to
-- their writers (src/features/posts).
CREATE INDEX posts_waiting ON posts (group_id) WHERE state = 'waiting';

-- Actors of partners: when they said, by their own clock, how they are called now. An older word that comes later is ignored.
ALTER TABLE actors ADD COLUMN named_at BIGINT;

-- The version of a group (its `updated`) that first named this partner among its readers; NULL in rows from before: `since` counts.
ALTER TABLE group_partners ADD COLUMN since_version BIGINT;
