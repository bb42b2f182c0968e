-- By what the node can speak to the platform of a link: the handle that came with the resident's wish, sealed. Gone with the link.
CREATE TABLE link_handle (
    pseudonym BYTEA PRIMARY KEY,
    handle BYTEA NOT NULL
);

-- Links that a clerk has ended, and of which the platform is still to be told: the handle, sealed. end_id is made by chance and leads
-- to no link; next_at is to the minute. Gone once the platform knows.
CREATE TABLE untold_end (
    end_id BYTEA PRIMARY KEY,
    handle BYTEA NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT NOT NULL
);
CREATE INDEX untold_end_by_time ON untold_end (next_at);
