-- What lists of computers filter by stands in the index of every order: a page
-- of whatever filter is found by walking one index, without the wide rows.
DROP INDEX computer_by_name;
CREATE INDEX computer_by_name
	ON computer (name_key, id, state, office_id, os_name_key);
DROP INDEX computer_by_enrolled;
CREATE INDEX computer_by_enrolled
	ON computer (enrolled_at, id, state, office_id, os_name_key);
DROP INDEX computer_by_os;
CREATE INDEX computer_by_os
	ON computer (os_name_key, os_version, id, state, office_id);
DROP INDEX computer_by_state;
CREATE INDEX computer_by_state
	ON computer (state, id, office_id, os_name_key);
