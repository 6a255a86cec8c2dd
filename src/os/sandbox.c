/* Enter the sandbox: Landlock, then seccomp. */
#include "os/sandbox.h"

#include <stdio.h>
#include <sys/prctl.h>

#include "os/sandbox_private.h"

bool
sandbox_enter(const struct sandbox *sandbox, struct sandbox_report *out_report,
    struct err *err)
{
	struct sandbox_report report = {0};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set_errno(err, "cannot set no_new_privs");
	if (!sandbox_restrict_files(sandbox, &report.landlock_abi, err) ||
	    !sandbox_filter_calls(sandbox, err))
		return err_prefix(err, "sandbox of %s", sandbox->name);
	report.has_seccomp = true;
	*out_report = report;
	return true;
}

const char *
sandbox_report_text(const struct sandbox_report *report)
{
	static char text[64];

	if (report->landlock_abi > 0)
		snprintf(text, sizeof(text), "landlock ABI %d%s",
		    report->landlock_abi,
		    report->has_seccomp ? ", seccomp" : "");
	else
		snprintf(text, sizeof(text), "no landlock%s",
		    report->has_seccomp ? ", seccomp" : "");
	return text;
}
