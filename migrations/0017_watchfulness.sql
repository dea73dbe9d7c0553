-- What a partner did that an admin has to look at: that it widened, the address of its last offer, and what it declared before
-- it declared something else.

-- Why the house itself paused a partner: 'widened'; empty: somebody else did, or it is not paused.
ALTER TABLE partners ADD COLUMN paused_for TEXT NOT NULL DEFAULT '';
-- Address of the last Offer that a partner made: what an end may name.
ALTER TABLE agreements ADD COLUMN last_offer TEXT;

-- What a partner had declared when something else was heard from it while the partnership was active; gone when an admin has
-- looked at both. The columns are those of declarations.
CREATE TABLE declarations_agreed (
    partner_id     TEXT   NOT NULL PRIMARY KEY,
    purpose        TEXT   NOT NULL,
    role           TEXT   NOT NULL,
    retention_days BIGINT NOT NULL,
    country        TEXT   NOT NULL,
    contact        TEXT   NOT NULL,
    hours          TEXT   NOT NULL,
    worry_contact  TEXT   NOT NULL,
    confirmed_at   BIGINT
);
