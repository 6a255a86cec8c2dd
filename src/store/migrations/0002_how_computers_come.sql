-- How an agent was recognised when it last came, and what it says about a proxy
-- in its environment: unknown, none or set.
ALTER TABLE computer ADD COLUMN last_credential_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE computer ADD COLUMN
	proxy_report TEXT COLLATE "C" NOT NULL DEFAULT 'unknown';
