/* seccomp: the one table of which set allows which system call. */
#include "os/sandbox_private.h"

#include <errno.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "base/check.h"
#include "base/memory.h"

struct call_set {
	unsigned set;
	const char *names; /* parted by blanks */
};

/* Names that an architecture does not have are passed over. */
static const struct call_set CALLS[] = {
    {SANDBOX_BASE,
	"read readv pread64 preadv preadv2 write writev pwrite64 pwritev "
	"pwritev2 close lseek fstat newfstatat fcntl dup dup3 pipe2 "
	"ftruncate memfd_create munmap mremap madvise brk mlock munlock "
	"membarrier "
	"poll ppoll select pselect6 epoll_create1 epoll_ctl epoll_wait "
	"epoll_pwait epoll_pwait2 eventfd2 timerfd_create timerfd_settime "
	"timerfd_gettime "
	"clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday "
	"time times getrusage getrandom "
	"futex futex_waitv sched_yield sched_getaffinity getcpu rseq "
	"set_robust_list get_robust_list "
	"rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending sigaltstack "
	"rt_sigtimedwait tgkill restart_syscall exit exit_group "
	"getpid gettid getppid getuid geteuid getgid getegid getresuid "
	"getresgid getgroups getpgrp getrlimit sysinfo uname umask"},
    {SANDBOX_THREADS,
	"set_tid_address sched_setaffinity sched_getparam "
	"sched_getscheduler setpriority"},
    {SANDBOX_FILES,
	"open openat openat2 access faccessat faccessat2 stat lstat statx "
	"statfs fstatfs readlink readlinkat getdents getdents64 getcwd "
	"fadvise64 readahead"},
    {SANDBOX_WRITE,
	"mkdir mkdirat rmdir rename renameat renameat2 link linkat symlink "
	"symlinkat unlink unlinkat truncate fallocate fsync fdatasync "
	"sync_file_range flock chmod fchmod fchmodat fchown lchown fchownat "
	"utimensat futimesat copy_file_range"},
    {SANDBOX_CHANNEL,
	"sendmsg recvmsg sendto recvfrom shutdown socketpair getsockopt "
	"setsockopt getsockname getpeername"},
    {SANDBOX_ACCEPT, "accept accept4 sendfile sendmmsg recvmmsg splice"},
    {SANDBOX_CONNECT, "connect bind sendmmsg recvmmsg sendfile"},
    {SANDBOX_PROCESSES,
	"clone clone3 fork vfork execve wait4 waitid kill pidfd_open "
	"pidfd_send_signal setsid setpgid getpgid getsid dup2 pipe chdir "
	"fchdir close_range prctl prlimit64 setrlimit ioctl sched_setattr "
	"set_tid_address arch_prctl capget capset setpriority getpriority "
	"ioprio_set"},
    {SANDBOX_NOTICE, "inotify_init1 inotify_add_watch inotify_rm_watch"},
};

/* What libraries try where they have no right to it: refused, not fatal. */
static const struct call_set QUIET[] = {
    {SANDBOX_FILES,
	"open openat openat2 access faccessat faccessat2 stat lstat statx "
	"statfs readlink readlinkat"},
    {SANDBOX_CONNECT, "socket connect"},
    {SANDBOX_PROCESSES, "kill setrlimit"},
};

#ifdef SANDBOX_SANITIZERS
/* What the sanitizers' run-time calls in any process. */
static const char SANITIZER_CALLS[] =
    "open openat readlink readlinkat stat lstat statx access prctl prlimit64 "
    "setrlimit getrlimit ioctl personality sched_getaffinity arch_prctl "
    "set_tid_address mmap mprotect clone wait4 ptrace tkill dup2 pipe unlink "
    "rt_sigsuspend";
#endif

static bool
add(scmp_filter_ctx filter, uint32_t action, const char *names)
{
	scoped(memory_freep) char *copy = memory_string(names);
	char *rest = NULL;

	for (char *name = strtok_r(copy, " ", &rest); name != NULL;
	     name = strtok_r(NULL, " ", &rest)) {
		int number = seccomp_syscall_resolve_name(name);

		if (number < 0)
			continue;
		if (seccomp_rule_add(filter, action, number, 0) != 0)
			return false;
	}
	return true;
}

static bool
allow_where(scmp_filter_ctx filter, int number, struct scmp_arg_cmp argument)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1, argument) ==
	    0;
}

static bool
add_memory(scmp_filter_ctx filter, bool may_execute)
{
	/* No memory becomes executable after the start, unless shared
	 * objects may be loaded. */
	if (may_execute)
		return add(filter, SCMP_ACT_ALLOW, "mmap mprotect");
	return allow_where(filter, SCMP_SYS(mmap),
		   SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) &&
	    allow_where(filter, SCMP_SYS(mprotect),
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

static bool
add_requests(scmp_filter_ctx filter)
{
	static const unsigned long requests[] = {
	    FIONBIO, FIOCLEX, FIONREAD, TCGETS, TIOCGWINSZ};
	static const int controls[] = {PR_SET_NAME, PR_GET_NAME,
	    PR_SET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE,
	    PR_GET_NO_NEW_PRIVS};

	for (size_t i = 0; i < array_length(requests); i++)
		if (!allow_where(filter, SCMP_SYS(ioctl),
			SCMP_A1(SCMP_CMP_EQ, requests[i])))
			return false;
	for (size_t i = 0; i < array_length(controls); i++)
		if (!allow_where(filter, SCMP_SYS(prctl),
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)controls[i])))
			return false;
	/* getrlimit(2) is prlimit64 without new values. */
	return allow_where(
		   filter, SCMP_SYS(prlimit64), SCMP_A2(SCMP_CMP_EQ, 0)) &&
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prlimit64),
		1, SCMP_A2(SCMP_CMP_NE, 0)) == 0;
}

static bool
add_threads(scmp_filter_ctx filter)
{
	/* clone3 hides its flags behind a pointer: glibc takes clone when it
	 * is told that there is none. */
	return seccomp_rule_add(
		   filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
	    allow_where(filter, SCMP_SYS(clone),
		SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
}

static bool
add_sockets(scmp_filter_ctx filter)
{
	static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

	for (size_t i = 0; i < array_length(families); i++)
		if (!allow_where(filter, SCMP_SYS(socket),
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i])))
			return false;
	return true;
}

static bool
add_sets(scmp_filter_ctx filter, unsigned calls)
{
	for (size_t i = 0; i < array_length(CALLS); i++)
		if ((calls & CALLS[i].set) != 0 &&
		    !add(filter, SCMP_ACT_ALLOW, CALLS[i].names))
			return false;
	return true;
}

static bool
add_quiet(scmp_filter_ctx filter, unsigned calls)
{
	for (size_t i = 0; i < array_length(QUIET); i++)
		if ((calls & QUIET[i].set) == 0 &&
		    !add(filter, SCMP_ACT_ERRNO(EACCES), QUIET[i].names))
			return false;
	return true;
}

static bool
fill(scmp_filter_ctx filter, unsigned calls)
{
#ifdef SANDBOX_SANITIZERS
	if (!add(filter, SCMP_ACT_ALLOW, SANITIZER_CALLS))
		return false;
	calls |= SANDBOX_LOAD | SANDBOX_FILES | SANDBOX_PROCESSES;
#endif
	return add_sets(filter, calls) &&
	    add_memory(
		filter, (calls & (SANDBOX_LOAD | SANDBOX_PROCESSES)) != 0) &&
	    ((calls & SANDBOX_PROCESSES) != 0 || add_requests(filter)) &&
	    ((calls & SANDBOX_THREADS) == 0 ||
		(calls & SANDBOX_PROCESSES) != 0 || add_threads(filter)) &&
	    ((calls & SANDBOX_CONNECT) == 0 || add_sockets(filter)) &&
	    add_quiet(filter, calls);
}

enum {
	NAMES = 512,
	NAME_SIZE = 24,
};

/* Prepared, for the handler may not allocate. */
static char names[NAMES][NAME_SIZE];
static const char *process_name;

static void
put(char *line, size_t size, size_t *used, const char *text)
{
	while (*text != '\0' && *used < size)
		line[(*used)++] = *text++;
}

static void
on_refused_call(int number, siginfo_t *information, void *context)
{
	char line[160];
	size_t used = 0;
	int call = information->si_syscall;

	(void)number;
	(void)context;
	put(line, sizeof(line), &used, "sandbox of ");
	put(line, sizeof(line), &used, process_name);
	put(line, sizeof(line), &used, ": call not allowed: ");
	put(line, sizeof(line), &used,
	    call >= 0 && call < NAMES ? names[call] : "?");
	put(line, sizeof(line), &used, "\n");
	ignore_result(write(STDERR_FILENO, line, used) > 0);
	/* SA_RESETHAND and SA_NODEFER: this one kills. */
	(void)raise(SIGSYS);
	_exit(128 + SIGSYS);
}

static bool
prepare_report(const char *name)
{
	struct sigaction action = {.sa_sigaction = on_refused_call,
	    .sa_flags = SA_SIGINFO | (int)SA_RESETHAND | SA_NODEFER};

	process_name = name;
	for (int i = 0; i < NAMES; i++) {
		char *known =
		    seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);

		snprintf(
		    names[i], NAME_SIZE, "%s", known != NULL ? known : "?");
		free(known);
	}
	return sigaction(SIGSYS, &action, NULL) == 0;
}

bool
sandbox_filter_calls(const struct sandbox *sandbox, struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	bool is_filled;
	int result;

	if (filter == NULL || !prepare_report(sandbox->name)) {
		seccomp_release(filter);
		return err_set(
		    err, ERR_SYSTEM, "cannot prepare the call filter");
	}
	is_filled = fill(filter, sandbox->calls);
	result = is_filled ? seccomp_load(filter) : 0;
	seccomp_release(filter);
	if (!is_filled)
		return err_set(err, ERR_SYSTEM, "cannot make the call filter");
	if (result != 0) {
		errno = -result;
		return err_set_errno(
		    err, "cannot load the call filter (seccomp is mandatory)");
	}
	return true;
}
