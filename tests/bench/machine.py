"""What this machine is and has, and what the bench leaves out because of it."""

import os
import pathlib
import platform
import resource
import shutil
import subprocess

CONNECTIONS_OVERHEAD = 600  # descriptors of a process besides connections


def first_line(path, key):
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith(key):
            return line.partition(":")[2].strip()
    return ""


def output_of(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return ""
    return (done.stdout + done.stderr).strip()


class Machine:
    """Facts, asked once."""

    def __init__(self):
        self.cores = sorted(os.sched_getaffinity(0))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.descriptors = hard
        self.is_root = os.geteuid() == 0
        self.memory_kib = int(first_line("/proc/meminfo",
                                         "MemTotal").split()[0])
        self.has_ktls = self.find_ktls()

    @staticmethod
    def find_ktls():
        """Whether a socket takes the TLS protocol of the kernel."""
        available = pathlib.Path(
            "/proc/sys/net/ipv4/tcp_available_ulp")
        return available.exists() and "tls" in available.read_text().split()

    @staticmethod
    def now_available_kib():
        return int(first_line("/proc/meminfo", "MemAvailable").split()[0])

    @property
    def available_kib(self):
        return self.now_available_kib()

    @property
    def server_cpus(self):
        return self.cores[:1]

    @property
    def load_cpus(self):
        return self.cores[1:2] or self.cores[:1]

    def facts(self):
        release = pathlib.Path("/etc/os-release").read_text()
        system = next((line.partition("=")[2].strip('"') for line in
                       release.splitlines()
                       if line.startswith("PRETTY_NAME=")), "")
        return {
            "processor": first_line("/proc/cpuinfo", "model name"),
            "cores": len(self.cores),
            "memory_gib": round(self.memory_kib / 2 ** 20, 1),
            "descriptors_a_process": self.descriptors,
            "kernel": platform.release(),
            "kernel_tls": self.has_ktls,
            "system": system,
            "openssl": output_of("openssl", "version"),
            "nginx": output_of("/usr/sbin/nginx", "-v")
            .removeprefix("nginx version: "),
            "haproxy": output_of("/usr/sbin/haproxy", "-v")
            .partition(" https")[0].removeprefix("HAProxy version "),
            "root": self.is_root,
        }

    def missing(self):
        """Sentences about what is not here and what that means."""
        found = []
        if len(self.cores) < 2:
            found.append("One processor only: server and load share it, and "
                         "rates by the clock say nothing.")
        if not self.is_root:
            found.append("Not root: the memory of the server's roles cannot be "
                         "read, rows about memory are left out.")
        if not self.has_ktls:
            found.append("The kernel has no TLS (kTLS): downloads are "
                         "encrypted in user space by every server.")
        for program in ("/usr/sbin/nginx", "/usr/sbin/haproxy"):
            if not os.access(program, os.X_OK):
                found.append(f"{program} is missing: its columns stay empty.")
        if not shutil.which("taskset"):
            found.append("taskset (util-linux) is missing: nothing can be "
                         "kept to a core.")
        if self.descriptors < 100000 + CONNECTIONS_OVERHEAD:
            found.append(f"A process may hold {self.descriptors} descriptors: "
                         "larger fleets take several gateways and several "
                         "load processes.")
        return found

    def why_not_connections(self, count):
        """None, or why one process cannot hold so many connections."""
        wanted = count + CONNECTIONS_OVERHEAD
        if self.descriptors < wanted:
            return (f"{count} connections in one process need {wanted} "
                    f"descriptors; here are {self.descriptors}")
        return None

    def why_not_memory(self, kib):
        if self.available_kib < kib:
            return (f"it needs {kib // 1024} MiB of free memory; here are "
                    f"{self.available_kib // 1024} MiB")
        return None
