-- Who was taken out of a group and has left it since: when the hosts let them back they may return, and are not in before they do.
ALTER TABLE memberships ADD COLUMN stays_out BIGINT NOT NULL DEFAULT 0;
