-- Services that a person no longer lets ask about them: tokens that count from ended_at or an earlier instant are refused. holder: a
-- digest of the pseudonym and the service, by the node's key, which no other table has: the moment is known elsewhere, too, and must
-- not lead to a person. A row is gone once no such token can be valid any more.
CREATE TABLE grant_end (
    holder BYTEA PRIMARY KEY,
    ended_at BIGINT NOT NULL
);
CREATE INDEX grant_end_by_time ON grant_end (ended_at);
