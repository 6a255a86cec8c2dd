-- Alerts that are there: since when, and who has acknowledged how much of it.
CREATE TABLE alert (
	kind TEXT COLLATE "C" PRIMARY KEY,
	since BIGINT NOT NULL,
	acknowledged_at BIGINT NOT NULL,
	acknowledged_by TEXT COLLATE "C" NOT NULL,
	acknowledged_severity BIGINT NOT NULL,
	acknowledged_count BIGINT NOT NULL
);

-- What alerts count, and the lists behind them show, without the wide rows.
CREATE INDEX certificate_current ON certificate
	(not_after, computer_id, not_before)
	WHERE revoked_at = 0 AND is_superseded = 0;
CREATE INDEX computer_flagged ON computer (id, state, office_id)
	WHERE flags <> 0;
