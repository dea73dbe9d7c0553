-- What waits for a partner is found by the moment at which it is due. Within a thread that moment never falls: whatever stands
-- behind something that must wait waits at least as long, so the order of the index is the order in which it may leave.
ALTER TABLE deliveries ADD COLUMN tried_at BIGINT;   -- the first try that failed; patience is counted from it

UPDATE deliveries SET next_at = (
    SELECT MAX(w.next_at) FROM deliveries w
    WHERE w.partner_id = deliveries.partner_id AND w.thread = deliveries.thread AND w.state = 'waiting' AND w.outbox_seq <= deliveries.outbox_seq)
WHERE state = 'waiting';

CREATE INDEX deliveries_due ON deliveries (partner_id, next_at, outbox_seq) WHERE state = 'waiting';
CREATE INDEX deliveries_thread ON deliveries (partner_id, thread, next_at) WHERE state = 'waiting';
DROP INDEX deliveries_waiting;

-- What came in is taken partner by partner, so that the backlog of one is nobody else's.
ALTER TABLE inbox ADD COLUMN fetches BIGINT NOT NULL DEFAULT 0;   -- questions to the partner that this activity caused
DROP INDEX inbox_due;
CREATE INDEX inbox_open ON inbox (partner_id, seq) WHERE state IN ('new', 'waiting');
CREATE INDEX inbox_due ON inbox (partner_id, next_at) WHERE state IN ('new', 'waiting');
CREATE INDEX inbox_waiting ON inbox (partner_id) WHERE state = 'waiting';
