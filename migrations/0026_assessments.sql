-- Who signed which section of the assessment of risks (GDPR 35), and when that was withdrawn (src/features/assessments).

-- Only ever added to: the newest row of a section says how it stands. It holds what is on the paper, and no account: who wrote it
-- down stands in the audit log. It stays as long as the house.
CREATE TABLE assessment_signatures (
    seq     BIGINT NOT NULL PRIMARY KEY,
    id      TEXT   NOT NULL UNIQUE,
    section TEXT   NOT NULL,                  -- partners
    state   TEXT   NOT NULL,                  -- signed withdrawn
    version BIGINT NOT NULL,                  -- of the text that was signed
    words   TEXT   NOT NULL,                  -- the text as it was shown, headings begin with '# '; '' in a withdrawal
    lang    TEXT   NOT NULL,                  -- language of the text
    signer  TEXT   NOT NULL,                  -- name or office
    day     BIGINT NOT NULL,                  -- the date on the paper, its first moment in UTC
    at      BIGINT NOT NULL                   -- when it was written down
);
CREATE INDEX assessment_signatures_by_section ON assessment_signatures (section, seq);
