-- The second factor of users (RFC 6238). Secrets are sealed under a key that is
-- not in the database. last_step is the newest time step whose code was taken;
-- pending is a secret that no code has confirmed yet.
ALTER TABLE local_user ADD COLUMN has_two_factor BIGINT NOT NULL DEFAULT 0;
CREATE TABLE two_factor (
	user_id TEXT COLLATE "C" PRIMARY KEY
		REFERENCES local_user (id) ON DELETE CASCADE,
	secret TEXT COLLATE "C" NOT NULL,
	last_step BIGINT NOT NULL,
	enabled_at BIGINT NOT NULL,
	pending TEXT COLLATE "C" NOT NULL,
	pending_at BIGINT NOT NULL
);

-- Codes for the day when the device is lost, each good for one use.
CREATE TABLE recovery_code (
	user_id TEXT COLLATE "C" NOT NULL
		REFERENCES local_user (id) ON DELETE CASCADE,
	hash TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (user_id, hash)
);

-- Sign-ins whose password was right and that wait for the second factor.
CREATE TABLE sign_in_ticket (
	hash TEXT COLLATE "C" PRIMARY KEY,
	user_id TEXT COLLATE "C" NOT NULL
		REFERENCES local_user (id) ON DELETE CASCADE,
	listener TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	tries BIGINT NOT NULL
);
CREATE INDEX sign_in_ticket_by_user ON sign_in_ticket (user_id, created_at);
CREATE INDEX sign_in_ticket_by_expiry ON sign_in_ticket (expires_at);
