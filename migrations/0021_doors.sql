-- How many actors of a partner are known is asked before another one is learned.

CREATE INDEX actors_by_partner ON actors (partner_id) WHERE partner_id IS NOT NULL;
