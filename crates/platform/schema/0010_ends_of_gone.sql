-- gone_at: since when the institution to be told is in no configuration (the day); nobody is told then. NULL where it is. Where it comes
-- back it is told again.
ALTER TABLE link_end ADD COLUMN gone_at BIGINT;
