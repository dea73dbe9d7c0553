-- Help now: what this house says to who needs someone at once. Public words only; nothing here is about a person.

-- Telephone lines in the order in which they are shown. While there are none, the page shows the lines that come with the
-- software for the visitor's language.
CREATE TABLE help_lines (
    position BIGINT PRIMARY KEY NOT NULL,
    danger BIGINT NOT NULL,             -- 1: for danger to life, shown first and by itself
    label TEXT NOT NULL,                -- who answers
    numbers TEXT NOT NULL,              -- one or two numbers with "/" between them
    hours TEXT NOT NULL,                -- when someone answers, in words; may be empty
    place TEXT NOT NULL,                -- for which country or town; may be empty
    lang TEXT NOT NULL,                 -- en, nl, da: on pages in this language only; empty: on all
    checked_at BIGINT                   -- when someone of this house last called it
);

-- The house's own door and people: one row. `staffed_until` is never a promise beyond its hour: afterwards nobody is there.
CREATE TABLE help_status (
    id BIGINT PRIMARY KEY NOT NULL,     -- 1
    door TEXT NOT NULL,                 -- where one can walk in; empty: nowhere
    door_hours TEXT NOT NULL,
    peer_hours TEXT NOT NULL,           -- when peers answer here in writing; empty: not promised
    staffed_until BIGINT                -- someone is at the door until then
);
