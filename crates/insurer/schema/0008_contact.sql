-- What residents have said of themselves at the portal: where they are reached, and how notices are to come. One row per member, sealed
-- with the member's key, the times of changes within: the region's log has the moment of a change, which must not lead here.
CREATE TABLE contact (
    member_id BYTEA PRIMARY KEY REFERENCES member (member_id),
    record BYTEA NOT NULL
);
