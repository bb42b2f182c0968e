-- Who ended a link: institution; NULL where it was the resident, or nobody has.
ALTER TABLE link ADD COLUMN ended_by TEXT;
