-- The narrow row of a computer also has copies of what lists filter and sort
-- by: whatever is asked, one table with few bytes a computer is read, and none
-- is joined to it row by row. They are named list_…, so that no join with
-- computer knows a column twice, and stand first, where a scan reads them
-- soonest. The text is the folded name, the folded hardware serial, the address
-- and the id, each on its own line.
CREATE TABLE narrow_contact (
	contact_id TEXT COLLATE "C" PRIMARY KEY REFERENCES computer (id),
	last_seen_at BIGINT NOT NULL,
	list_state TEXT COLLATE "C" NOT NULL DEFAULT '',
	list_office TEXT COLLATE "C" NOT NULL DEFAULT '',
	list_os TEXT COLLATE "C" NOT NULL DEFAULT '',
	list_text TEXT COLLATE "C" NOT NULL DEFAULT '',
	list_name TEXT COLLATE "C" NOT NULL DEFAULT '',
	list_os_version TEXT COLLATE "C" NOT NULL DEFAULT '',
	list_enrolled_at BIGINT NOT NULL DEFAULT 0,
	last_address TEXT COLLATE "C" NOT NULL,
	agent_version TEXT COLLATE "C" NOT NULL,
	agent_version_key TEXT COLLATE "C" NOT NULL,
	proved_at BIGINT NOT NULL,
	last_mutual_at BIGINT NOT NULL,
	last_credential_at BIGINT NOT NULL,
	acknowledged_publication BIGINT NOT NULL,
	refresh_requested_at BIGINT NOT NULL,
	proxy_report TEXT COLLATE "C" NOT NULL,
	used_serial TEXT COLLATE "C"
);
INSERT INTO narrow_contact (contact_id, last_seen_at, list_state, list_office,
	list_os, list_text, list_name, list_os_version, list_enrolled_at,
	last_address, agent_version, agent_version_key, proved_at,
	last_mutual_at, last_credential_at, acknowledged_publication,
	refresh_requested_at, proxy_report, used_serial)
	SELECT contact_id, last_seen_at, computer.state, computer.office_id,
		os_name_key, text, name_key, os_version, enrolled_at,
		last_address, agent_version, agent_version_key, proved_at,
		last_mutual_at, last_credential_at, acknowledged_publication,
		refresh_requested_at, proxy_report, used_serial
	FROM computer JOIN computer_contact ON contact_id = id
	JOIN computer_search ON computer_search.computer_id = id;
DROP TABLE computer_search;
DROP TABLE computer_contact;
ALTER TABLE narrow_contact RENAME TO computer_contact;
CREATE INDEX computer_contact_by_last_seen
	ON computer_contact (last_seen_at, contact_id);
