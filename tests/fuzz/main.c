// SPDX-License-Identifier: MIT
/* main.c - runs a harness on its corpus and on every input that once broke it, as TAP */
#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "fuzz.h"

enum { INPUT_MAX = 65536 };

static int inputs, runs, folders;

/* The input as it is, and cut short: what is left of it is an input too. */
static void replay(const uint8_t *data, size_t size)
{
	for (size_t length = 0; length <= size; length++) {
		uint8_t *copy = fuzz_copy(data, length);

		LLVMFuzzerTestOneInput(copy, length);
		runs++;
		free(copy);
	}
}

static bool replay_file(const char *folder, const char *name)
{
	static uint8_t data[INPUT_MAX];
	char path[4096];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	if (!file) {
		printf("# %s: %s\n", path, strerror(errno));
		return false;
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	printf("# %s\n", path);
	fflush(stdout);
	replay(data, size);
	inputs++;
	return true;
}

/* A folder that is not there holds nothing. */
static bool replay_folder(const char *harness, const char *kind)
{
	const char *root = getenv("SRCDIR");
	struct dirent **list;
	char path[2048];
	bool good = true;
	int count;

	snprintf(path, sizeof(path), "%s/tests/fuzz/%s.%s", root ? root : ".", harness, kind);
	count = scandir(path, &list, NULL, alphasort);
	if (count < 0)
		return errno == ENOENT;
	for (int i = 0; i < count; i++) {
		if (list[i]->d_name[0] != '.')
			good = good && replay_file(path, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	printf("%sok %d - %d inputs of %s.%s, %d with their beginnings\n", good ? "" : "not ",
	       ++folders, inputs, harness, kind, runs);
	inputs = runs = 0;
	return good;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	bool good;

	(void)argc;
	good = replay_folder(name, "in") && replay_folder(name, "repro");
	if (!folders)
		puts("Bail out! no corpus: is SRCDIR set?");
	printf("1..%d\n", folders);
	return good && folders ? EXIT_SUCCESS : EXIT_FAILURE;
}
