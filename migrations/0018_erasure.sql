-- Erasure that ends: a partnership that was over long ago, a house on an older copy, deletions whose address alone says too little.

-- Whether people of a partner are still known here, asked for partners with which it is over.
CREATE INDEX actors_of_partner ON actors (partner_id) WHERE partner_id IS NOT NULL AND kind = 'person' AND gone_at IS NULL;

-- Of a deleted post of this house also its group and, where the writer took it away, the writer: addresses, from which an older
-- copy of the database can say the deletion again though it knows nothing else of the post.
ALTER TABLE erasures ADD COLUMN group_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE erasures ADD COLUMN writer_uri TEXT NOT NULL DEFAULT '';

-- Who was told that a group was read in an emergency, once for each break-glass: an account of this house, or a partner whose
-- people's words were read and whom staff is to tell.
CREATE TABLE glass_told (
    glass_id TEXT NOT NULL,
    who      TEXT NOT NULL,
    PRIMARY KEY (glass_id, who)
);

-- The group that a document which a partner read belongs to; empty for a persona's, and for what was read before this was kept.
ALTER TABLE served ADD COLUMN group_id TEXT NOT NULL DEFAULT '';
