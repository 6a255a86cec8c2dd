-- Counts how often an account was unlocked: failures counted before the last
-- time are void in every process.
ALTER TABLE local_user ADD COLUMN unlocks BIGINT NOT NULL DEFAULT 0;

-- What the browser called itself at sign-in; told by a stranger.
ALTER TABLE session ADD COLUMN user_agent TEXT COLLATE "C" NOT NULL DEFAULT '';

-- Hashes of passwords that were replaced.
CREATE TABLE password_history (
	id TEXT COLLATE "C" PRIMARY KEY,
	user_id TEXT COLLATE "C" NOT NULL
		REFERENCES local_user (id) ON DELETE CASCADE,
	password_hash TEXT COLLATE "C" NOT NULL,
	replaced_at BIGINT NOT NULL
);
CREATE INDEX password_history_by_user ON password_history (user_id, replaced_at);

-- Browsers and programs that a user has signed in with: the SHA-256 of a random
-- token that they keep. It opens nothing; its failures are counted apart.
CREATE TABLE known_device (
	user_id TEXT COLLATE "C" NOT NULL
		REFERENCES local_user (id) ON DELETE CASCADE,
	token_hash TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,
	PRIMARY KEY (user_id, token_hash)
);
