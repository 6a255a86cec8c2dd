/* Feeds foreign text to the collectors' parsers; the first byte says which. */
#include "../tests/fuzz/fuzz.h"
#include "agent/inventory/collect.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source = source_open("/nonexistent");
	json_t *section = json_object();
	struct view text = view_of(data, size);

	if (size > 0) {
		text = view_slice(text, 1, size);
		switch (data[0] % 4) {
		case 0:
			packages_read_dpkg(&source, section, text);
			break;
		case 1:
			packages_read_rpm(section, text);
			break;
		case 2:
			services_read_states(section, text);
			break;
		case 3:
			operating_system_read(section, text);
			break;
		}
		free(json_write(section));
	}
	json_decref(section);
	return 0;
}
