"""The web console's files as a gateway serves them: codings, caching, headers,
addresses of the app, and what is refused."""

import gzip
import re
import struct
import unittest

from stand import H, Stand, main

PAGE = b"<!doctype html><title>console</title>"
SCRIPT = b"console.log(1);" * 9000
SQUEEZED = gzip.compress(SCRIPT)
BROTLI = b"not really brotli, but nobody unpacks it"
IMMUTABLE, IS_PAGE = 1, 2


def text(value):
    return struct.pack(">I", len(value)) + value


def bundle(files):
    """files: {path: (type, etag, flags, [(coding, bytes), …])}."""
    size = 4 + sum(12 + len(path) + len(kind) + len(etag) + 2 + 17 * len(forms)
                   for path, (kind, etag, _, forms) in files.items())
    index, contents = struct.pack(">I", len(files)), b""
    for path, (kind, etag, flags, forms) in sorted(files.items()):
        index += text(path) + text(kind) + text(etag)
        index += struct.pack(">BB", flags, len(forms))
        for coding, data in forms:
            index += struct.pack(">BQQ", coding, 12 + size + len(contents),
                                 len(data))
            contents += data
    assert len(index) == size
    return b"WRFCNSL1" + struct.pack(">I", size) + index + contents


FILES = {
    b"/assets/app-1a2b.js": (b"text/javascript; charset=utf-8", b'W/"s"',
                             IMMUTABLE, [(2, BROTLI), (1, SQUEEZED),
                                         (0, SCRIPT)]),
    b"/index.html": (b"text/html; charset=utf-8", b'W/"p"', IS_PAGE,
                     [(0, PAGE)]),
}


class ConsoleStand(Stand):
    contents = bundle(FILES)

    def make_folder(self):
        folder = super().make_folder()
        (folder / "console.bundle").write_bytes(self.contents)
        return folder


class Damaged(ConsoleStand):
    contents = bundle(FILES)[:-1]


class Console(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stand = ConsoleStand()

    @classmethod
    def tearDownClass(cls):
        assert cls.stand.end() == 0

    def ask(self, path, *headers, method="GET", client=None):
        with client or self.stand.tls() as link:
            link.send(f"{method} {path} HTTP/1.1\r\n".encode() + H +
                      "".join(h + "\r\n" for h in headers).encode() + b"\r\n")
            return link.answer(is_head=method == "HEAD")

    def test_the_page_is_revalidated_and_assets_are_kept(self):
        page = self.ask("/")
        self.assertEqual((page.status, page.body), (200, PAGE))
        self.assertEqual(page.headers["cache-control"], "no-cache")
        self.assertEqual(page.headers["content-type"],
                         "text/html; charset=utf-8")
        script = self.ask("/assets/app-1a2b.js")
        self.assertEqual((script.status, script.body), (200, SCRIPT))
        self.assertEqual(script.headers["cache-control"],
                         "public, max-age=31536000, immutable")

    def test_a_copy_that_is_current_is_not_sent_again(self):
        for tag in ('W/"p"', '"p"', '"x", W/"p"', "*"):
            answer = self.ask("/", f"If-None-Match: {tag}")
            self.assertEqual((answer.status, answer.body), (304, b""))
            self.assertEqual(answer.headers["etag"], 'W/"p"')
        self.assertEqual(self.ask("/", 'If-None-Match: "x"').status, 200)

    def test_the_coding_is_the_best_that_the_client_takes(self):
        for accepted, coding, body in (
                ("gzip, deflate, br", "br", BROTLI),
                ("gzip", "gzip", SQUEEZED),
                ("gzip, br;q=0", "gzip", SQUEEZED),
                ("deflate", None, SCRIPT),
                ("", None, SCRIPT)):
            answer = self.ask("/assets/app-1a2b.js",
                              f"Accept-Encoding: {accepted}")
            self.assertEqual(answer.headers.get("content-encoding"), coding)
            self.assertEqual(answer.body, body)
            self.assertEqual(answer.headers["vary"], "Accept-Encoding")

    def test_head_tells_the_length_and_sends_nothing(self):
        answer = self.ask("/assets/app-1a2b.js", method="HEAD")
        self.assertEqual(answer.headers["content-length"], str(len(SCRIPT)))
        self.assertEqual(answer.body, b"")

    def test_addresses_of_the_app_show_the_page(self):
        for path in ("/computers", "/computers/0193?tab=software",
                     "/a/b/c", "/..", "/%2e%2e/etc/passwd", "/index.html"):
            answer = self.ask(path, "Accept: text/html,*/*;q=0.8")
            self.assertEqual((answer.status, answer.body), (200, PAGE), path)

    def test_what_is_not_there_is_404(self):
        for path, accept in (("/assets/app-0000.js", "text/html"),
                             ("/assets/../index.html", "text/html"),
                             ("/assets/%2e%2e/index.html", "text/html"),
                             ("/assets/", "text/html"),
                             ("/api/v2/nothing", "text/html"),
                             ("/agent/v1/refresh", "text/html"),
                             ("/.well-known/x", "text/html"),
                             ("/pki/x", "text/html"),
                             ("/computers", "application/json"),
                             ("/robots.txt", "*/*")):
            answer = self.ask(path, f"Accept: {accept}")
            self.assertEqual((answer.status, answer.code), (404, "not_found"),
                             path)

    def test_only_reading_is_allowed(self):
        for method in ("POST", "DELETE", "OPTIONS"):
            answer = self.ask("/index.html", method=method)
            self.assertEqual(answer.status, 405)
            self.assertEqual(answer.headers["allow"], "GET, HEAD")

    def test_plain_http_serves_it_too_and_the_agents_port_does_not(self):
        plain = self.ask("/", client=self.stand.plain())
        self.assertEqual(plain.body, PAGE)
        agents = self.ask("/", "Accept: text/html",
                          client=self.stand.mutual())
        self.assertEqual(agents.status, 404)

    def test_the_page_may_load_nothing_foreign_and_nobody_may_frame_it(self):
        headers = self.ask("/").headers
        policy = dict(part.strip().partition(" ")[::2] for part in
                      headers["content-security-policy"].split(";"))
        self.assertEqual(policy["default-src"], "'none'")
        self.assertEqual(policy["frame-ancestors"], "'none'")
        self.assertEqual(policy["base-uri"], "'none'")
        self.assertEqual(policy["form-action"], "'none'")
        self.assertEqual(policy["require-trusted-types-for"], "'script'")
        for name in ("script-src", "style-src", "connect-src", "font-src"):
            self.assertEqual(policy[name], "'self'")
        self.assertIsNone(re.search("unsafe|http|\\*",
                                    headers["content-security-policy"]))
        self.assertEqual(headers["x-content-type-options"], "nosniff")
        self.assertEqual(headers["referrer-policy"], "no-referrer")
        self.assertEqual(headers["cross-origin-opener-policy"], "same-origin")
        self.assertEqual(headers["cross-origin-resource-policy"],
                         "same-origin")
        self.assertIn("camera=()", headers["permissions-policy"])


class NoConsole(unittest.TestCase):
    def test_a_damaged_bundle_is_told_and_not_served(self):
        stand = Damaged()
        try:
            with stand.tls() as link:
                link.send(b"GET / HTTP/1.1\r\n" + H + b"\r\n")
                self.assertEqual(link.answer().status, 404)
            self.assertIn("console is not served", stand.log())
        finally:
            self.assertEqual(stand.end(), 0)

    def test_without_a_bundle_there_is_nothing(self):
        stand = Stand()
        try:
            with stand.tls() as link:
                link.send(b"GET / HTTP/1.1\r\n" + H +
                          b"Accept: text/html\r\n\r\n")
                self.assertEqual(link.answer().code, "not_found")
        finally:
            self.assertEqual(stand.end(), 0)


if __name__ == "__main__":
    main()
