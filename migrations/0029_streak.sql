-- How many tries in a row failed for the reason that stands: what is done after the third 410 is not done after two time-outs and one.
ALTER TABLE deliveries ADD COLUMN streak BIGINT NOT NULL DEFAULT 0;

-- What was given up is looked through once an hour for what was taken back: there must be no walk through all deliveries for it.
CREATE INDEX deliveries_gave_up ON deliveries (done_at) WHERE state = 'gave_up';
