-- Every partner has its lane from the day it is named, so that nothing that goes out has to look after it.

INSERT INTO lanes (partner_id, next_at, failures, lease_until, fence)
SELECT id, 0, 0, 0, 0 FROM partners WHERE TRUE ON CONFLICT (partner_id) DO NOTHING;
