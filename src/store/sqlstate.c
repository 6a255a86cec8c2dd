/* What PostgreSQL's error codes mean to callers of the store. */
#include "store/sqlstate.h"

/* What a SQLSTATE (by its beginning) means to callers; the first that fits.
 * PostgreSQL documentation, appendix A. Others: database_error. */
static const struct {
	const char *state;
	enum err_category category;
	const char *word;
	const char *sentence;
} MEANINGS[] = {
    {"53100", ERR_SYSTEM, "database_full", "no space is left for the database"},
    {"53", ERR_SYSTEM, "database_busy", "the database has too much to do"},
    {"55P03", ERR_SYSTEM, "database_busy",
	"the database is locked by another process"},
    {"40", ERR_SYSTEM, "database_busy",
	"the database gave another transaction precedence"},
    {"57014", ERR_SYSTEM, "database_busy", "the database took too long"},
    {"28", ERR_SYSTEM, "database_unavailable",
	"the database refuses the sign-in"},
    {"3D000", ERR_SYSTEM, "database_unavailable", "there is no such database"},
    {"25006", ERR_SYSTEM, "database_unavailable",
	"the database cannot be written"},
    {"23", ERR_CONFLICT, "database_constraint", "the database refuses a row"},
};

void
sqlstate_one_line(const char *message, char *out, size_t out_size)
{
	size_t used = 0;

	for (; *message != '\0' && used + 1 < out_size; message++)
		out[used++] = *message == '\n' ? ' ' : *message;
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
}

bool
sqlstate_error(const char *state, const char *detail, struct err *err)
{
	for (size_t i = 0; i < array_length(MEANINGS); i++)
		if (strncmp(MEANINGS[i].state, state,
			strlen(MEANINGS[i].state)) == 0)
			return err_set_code(err, MEANINGS[i].category,
			    MEANINGS[i].word, "%s (%s)", MEANINGS[i].sentence,
			    detail);
	return err_set_code(err, ERR_SYSTEM, "database_error",
	    "the database refuses a statement (%s)", detail);
}
