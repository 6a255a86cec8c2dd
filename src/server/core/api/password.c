/* Passwords: policy, Argon2id with a bounded number of turns. */
#include "server/core/api/password.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <time.h>

#include "base/check.h"
#include "base/secret.h"

enum {
	TURNS = 2,        /* hashes at the same time */
	WAITING_MAX = 2,  /* threads that wait for a turn */
	WAIT_SECONDS = 3, /* and for how long */
	OPERATIONS = 3,
	MEMORY_BYTES = 64 * 1024 * 1024,
};

/* What a list of stolen passwords begins with, of those long enough. */
static const char *const COMMON[] = {
    "password",
    "passw0rd",
    "password1",
    "password12",
    "password123",
    "p@ssw0rd",
    "12345678",
    "123456789",
    "1234567890",
    "0123456789",
    "87654321",
    "qwertyuiop",
    "qwerty123",
    "qwertyui",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "asdfghjkl",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "whatever",
    "computer",
    "michelle",
    "administrator",
    "admin123",
    "admin1234",
    "adminadmin",
    "letmein1",
    "welcome1",
    "welcome123",
    "changeme",
    "changeit",
    "default1",
    "abcd1234",
    "abc12345",
    "abcdefgh",
    "a1b2c3d4",
    "zaq12wsx",
    "warifu123",
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn_is_free;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned running, waiting;

static void
make_condition(void)
{
	pthread_condattr_t attributes;

	check(pthread_condattr_init(&attributes) == 0);
	check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	check(pthread_cond_init(&turn_is_free, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
}

static bool
turn_take(struct err *err)
{
	struct timespec until;
	bool has_turn;

	pthread_once(&once, make_condition);
	/* The wall clock may be set back while somebody waits. */
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WAIT_SECONDS;
	pthread_mutex_lock(&lock);
	if (running >= TURNS && waiting < WAITING_MAX) {
		waiting++;
		while (running >= TURNS &&
		    pthread_cond_timedwait(&turn_is_free, &lock, &until) !=
			ETIMEDOUT)
			;
		waiting--;
	}
	has_turn = running < TURNS;
	if (has_turn)
		running++;
	pthread_mutex_unlock(&lock);
	return has_turn ||
	    err_set_code(err, ERR_LIMIT, "sign_in_busy",
		"too many passwords are being checked at once; try again");
}

static void
turn_give_back(void)
{
	pthread_mutex_lock(&lock);
	running--;
	pthread_cond_signal(&turn_is_free);
	pthread_mutex_unlock(&lock);
}

static size_t
count_characters(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static bool
is_common(const char *user_name, const char *password)
{
	if (strcasecmp(user_name, password) == 0 ||
	    strspn(password, (char[]){password[0], '\0'}) == strlen(password))
		return true;
	for (size_t i = 0; i < array_length(COMMON); i++)
		if (strcasecmp(COMMON[i], password) == 0)
			return true;
	return false;
}

bool
password_check_policy(const char *user_name, const char *password,
    size_t minimum, struct err *err)
{
	size_t length = count_characters(password);

	if (minimum < PASSWORD_MIN)
		minimum = PASSWORD_MIN;
	if (length < minimum)
		return err_set_code(err, ERR_MALFORMED, "password_too_short",
		    "a password has at least %zu characters", minimum);
	if (length > PASSWORD_MAX)
		return err_set_code(err, ERR_MALFORMED, "password_too_long",
		    "a password has at most %d characters", PASSWORD_MAX);
	if (is_common(user_name, password))
		return err_set_code(err, ERR_MALFORMED, "password_too_common",
		    "this password is among the first that are guessed");
	return true;
}

bool
password_hash(
    const char *password, char out[PASSWORD_HASH_SIZE], struct err *err)
{
	char text[crypto_pwhash_STRBYTES];
	int result;

	_Static_assert(
	    PASSWORD_HASH_SIZE > crypto_pwhash_STRBYTES, "the text form fits");
	check(sodium_init() >= 0);
	if (!turn_take(err))
		return false;
	result = crypto_pwhash_str_alg(text, password, strlen(password),
	    OPERATIONS, MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13);
	turn_give_back();
	if (result != 0)
		return err_set(err, ERR_SYSTEM,
		    "there is not enough memory to hash a password");
	memcpy(out, text, sizeof(text));
	return true;
}

/* Derives as much as a real comparison and compares with nothing. */
static void
work_in_vain(const char *password)
{
	static const unsigned char salt[crypto_pwhash_SALTBYTES];
	unsigned char key[32];

	ignore_result(
	    crypto_pwhash(key, sizeof(key), password, strlen(password), salt,
		OPERATIONS, MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) == 0);
	sodium_memzero(key, sizeof(key));
}

bool
password_verify(const char *stored_or_null, const char *password,
    bool *out_matches, struct err *err)
{
	bool matches = false;

	check(sodium_init() >= 0);
	if (!turn_take(err))
		return false;
	if (stored_or_null != NULL &&
	    strncmp(stored_or_null, crypto_pwhash_STRPREFIX,
		strlen(crypto_pwhash_STRPREFIX)) == 0)
		matches = crypto_pwhash_str_verify(
			      stored_or_null, password, strlen(password)) == 0;
	else
		work_in_vain(password);
	turn_give_back();
	*out_matches = matches;
	return true;
}

void
password_make_initial(char out[PASSWORD_INITIAL_SIZE])
{
	static const char characters[] = "abcdefghjkmnpqrstuvwxyz23456789";

	for (size_t i = 0; i < PASSWORD_INITIAL_SIZE - 1; i++)
		out[i] = characters[random_below(sizeof(characters) - 1)];
	out[PASSWORD_INITIAL_SIZE - 1] = '\0';
}
