"""Every answer of the API is what api/openapi.yaml says it is."""

import json
import re

import jsonschema
import yaml

import harness

DOCUMENT = yaml.safe_load(
    (harness.TOP / "api" / "openapi.yaml").read_text(encoding="utf-8"))
PROBLEMS = DOCUMENT["components"]["x-warifu-problems"]
COMMON = set(DOCUMENT["components"]["x-warifu-common-codes"])
# What the gateway refuses before it knows the operation.
BEFORE = {"not_found", "method_not_allowed", "bad_request"}
# Without it the gateway says no more than that the address is a WebSocket.
HANDSHAKE = {"Connection": "Upgrade", "Upgrade": "websocket",
             "Sec-WebSocket-Version": "13",
             "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}


def operations():
    """(method, template, operation) of all."""
    return [(method.upper(), template, operation)
            for template, methods in DOCUMENT["paths"].items()
            for method, operation in methods.items()]


def example(template, nobody="00000000-0000-7000-8000-000000000000"):
    """A path of this template to something that is not there."""
    path = template.removeprefix("/api/v1").replace(
        "{row}", "999999999").replace(
        "{title_id}", "999999999").replace(
        "{kind}", "nothing").replace(
        "{section}", "packages").replace("{serial}", "ab")
    return re.sub(r"\{[a-z_]+_id\}", nobody, path)


def find(method, path):
    """The operation that a request means, or None; literal parts win."""
    path = path.partition("?")[0]
    found = None
    for known, template, operation in operations():
        pattern = re.sub(r"\{[a-z_]+\}", "[^/]+", template)
        if known == method and re.fullmatch(pattern, path):
            if found is None or "{" not in template:
                found = operation
    return found


def validate(value, schema):
    resolver = jsonschema.RefResolver.from_schema(DOCUMENT)
    jsonschema.Draft202012Validator(
        schema, resolver=resolver,
        format_checker=jsonschema.FormatChecker()).validate(value)


def check_problem(operation, answer):
    assert answer.headers["Content-Type"] == "application/problem+json", answer
    problem = json.loads(answer.body)
    validate(problem, {"$ref": "#/components/schemas/Problem"})
    code = problem["code"]
    allowed = COMMON | set(operation["x-warifu-codes"] if operation else
                           BEFORE)
    assert code in allowed, f"{code} is not documented: {answer}"
    assert problem["status"] == answer.status == PROBLEMS[code]["status"]
    if answer.status in (429, 503):
        assert int(answer.headers["Retry-After"]) > 0
    if answer.status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    return problem


def check(method, path, answer):
    """Fails where the answer is not one that the description allows."""
    operation = find(method, path)
    if answer.status >= 400:
        check_problem(operation, answer)
        return answer
    assert operation is not None, f"{method} {path} is not described"
    described = operation["responses"].get(str(answer.status))
    assert described is not None, f"status {answer.status} is not described"
    content = described.get("content")
    if content is None:
        assert answer.body == b""
        return answer
    media_type = answer.headers["Content-Type"].partition(";")[0]
    assert media_type in content, media_type
    if media_type == "application/json":
        validate(json.loads(answer.body), content[media_type]["schema"])
    assert answer.headers["Cache-Control"]
    return answer


class Api:
    """Requests to a server's API whose answers are checked."""

    def __init__(self, server, token=None, plain=False):
        self.server = server
        self.token = token
        self.plain = plain

    def ask(self, method, path, body=None, headers=None, token=...):
        path = "/api/v1" + path
        if (find(method, path) or {}).get("x-warifu-websocket"):
            headers = {**HANDSHAKE, **(headers or {})}
        answer = self.server.request(
            method, path, body, headers, plain=self.plain,
            token=self.token if token is ... else token)
        return check(method, path, answer)

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def ok(self, method, path, body=None, **more):
        """The JSON of an answer that must be a success."""
        answer = self.ask(method, path, body, **more)
        assert 200 <= answer.status < 300, answer
        return answer.json if answer.body else None

    def refused(self, code, method, path, body=None, **more):
        """The answer must be a refusal with this code."""
        answer = self.ask(method, path, body, **more)
        assert answer.status >= 400, answer
        assert answer.json["code"] == code, answer
        return answer
