-- asking_until: while a process asks services behind the browser's back, until when that takes at most; NULL once it is done.
-- A time that has passed tells of a process that was interrupted: another goes on.
ALTER TABLE logout ADD COLUMN asking_until BIGINT;
CREATE INDEX logout_asking ON logout (asking_until);
