/*
 * Replays a corpus folder through a fuzz target: each file whole, and cut at
 * every length (for files up to 4 KiB). An empty or missing folder fails.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "../tests/fuzz/fuzz.h"

enum {
	FILE_MAX_BYTES = 1 << 20,
	CUT_MAX_BYTES = 4096
};

static void
feed(const uint8_t *bytes, size_t length)
{
	/* A block of exactly this size, so that a sanitizer sees one byte
	 * too far. */
	uint8_t *exact = malloc(length == 0 ? 1 : length);

	if (exact == NULL)
		abort();
	if (length > 0)
		memcpy(exact, bytes, length);
	LLVMFuzzerTestOneInput(exact, length);
	free(exact);
}

static int
replay(const char *folder, const char *name)
{
	static uint8_t bytes[FILE_MAX_BYTES];
	char path[4096];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (file == NULL)
		return -1;
	length = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	feed(bytes, length);
	for (size_t n = 0; n < length && length <= CUT_MAX_BYTES; n++)
		feed(bytes, n);
	return 0;
}

int
main(int argc, char **argv)
{
	struct dirent *entry;
	DIR *folder;
	int count = 0;

	if (argc != 2 || (folder = opendir(argv[1])) == NULL) {
		fprintf(stderr, "replay: no corpus folder\n");
		return 1;
	}
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (replay(argv[1], entry->d_name) != 0) {
			fprintf(stderr, "replay: %s\n", entry->d_name);
			return 1;
		}
		count++;
	}
	closedir(folder);
	printf("%d inputs\n", count);
	return count > 0 ? 0 : 1;
}
