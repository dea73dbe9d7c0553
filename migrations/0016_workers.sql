-- Who holds a lane or a piece of work: the name of the serving process, so that the next process of the same place can free at
-- its start what the last one held when it died. Empty: taken by a process that is no server, or before there were names.

ALTER TABLE lanes ADD COLUMN worker TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN worker TEXT NOT NULL DEFAULT '';
