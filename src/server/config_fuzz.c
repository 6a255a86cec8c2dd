/* Feeds foreign text to the configuration; what is taken prints and reads back
 * the same. */
#include "../tests/fuzz/fuzz.h"
#include "base/check.h"
#include "base/limits.h"
#include "server/config.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(buf_donep) struct buf first = BUF_INIT(1 << 20);
	scoped(buf_donep) struct buf second = BUF_INIT(1 << 20);
	struct server_config config = {0}, copy = {0};
	struct err err = ERR_INIT;

	if (!server_config_parse(&config, view_of(data, size), &err)) {
		check(err.category == ERR_MALFORMED);
		return 0;
	}
	check(server_config_print(&config, &first, &err));
	if (first.length <= LIMIT_CONFIG_FILE) {
		check(server_config_parse(&copy, buf_view(&first), &err));
		check(server_config_print(&copy, &second, &err));
		check(view_equal(buf_view(&first), buf_view(&second)));
	}
	server_config_done(&config);
	server_config_done(&copy);
	return 0;
}
