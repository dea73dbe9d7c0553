-- Graves of things that were never here are bounded: a partner has so many of them, and each for so many days.
-- NULL: the thing was here, or it was ours to bury; such a grave stays.
ALTER TABLE tombstones ADD COLUMN asked_by TEXT;

CREATE INDEX tombstones_asked ON tombstones (asked_by, buried_at) WHERE asked_by IS NOT NULL;

-- How many each partner has; counted anew whenever old ones go.
CREATE TABLE empty_graves (
    partner_id TEXT   PRIMARY KEY NOT NULL,
    graves     BIGINT NOT NULL
);
