-- Which copies of the whole database this house has written itself, so that each of them ends (care R10). A copy holds its own row.
CREATE TABLE backups (
    path    TEXT   NOT NULL,
    made_at BIGINT NOT NULL,
    lost_at BIGINT,   -- when its time was over and it was not there any more: moved by somebody, who must remove it
    PRIMARY KEY (made_at, path)
);
