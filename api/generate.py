#!/usr/bin/env python3
"""Make the server's API tables in C out of the OpenAPI description.

Usage: generate.py openapi.yaml OUTPUT_DIRECTORY

Writes api_routes.c (for the gateway and core), api_operations.h and
api_operations.c (handlers' prototypes, checks of parameters and bodies, stable
codes) and api_document.c (the description itself). A description that says
something the server would not enforce is refused.
"""

import json
import pathlib
import re
import sys

import yaml

METHODS = ("get", "post", "put", "patch", "delete")
SECURITY = ("anyone", "signed_in", "session", "restricted",
            "restricted_session", "setup_session")
# As in src/policy/authorize.h.
MODULES = ("computers", "inventory", "software", "enrolment", "offices",
           "groups", "users", "api_tokens", "settings", "security", "audit",
           "events")
LEVELS = ("read", "write", "full")
FORMATS = ("uuid", "name", "line")
PARAMETER_KEYS = {"name", "in", "required", "description", "schema"}
VALUE_KEYS = {"type", "description", "enum", "default", "minimum", "maximum",
              "minLength", "maxLength", "format", "pattern", "minItems",
              "maxItems", "items", "properties", "required",
              "additionalProperties"}
# One class of ASCII characters, repeated: all that the C side knows.
PATTERN = re.compile(r"^\^\[((?:[A-Za-z0-9_.:]|-)+)\]\{(\d+),(\d+)\}\$$")
DEFAULT_MAX_LENGTH = 256
UUID_PATTERN = ("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-"
                "[0-9a-f]{12}$")
NO_LIMIT = 2 ** 53
BODY_MAX = 64 * 1024


class Wrong(Exception):
    """The description cannot be turned into tables."""


def need(condition, sentence):
    if not condition:
        raise Wrong(sentence)


def resolve(document, value):
    """Follow references into the same document."""
    while isinstance(value, dict) and "$ref" in value:
        where = value["$ref"]
        need(where.startswith("#/"), f"the reference {where} leaves the file")
        value = document
        for part in where[2:].split("/"):
            need(part in value, f"the reference {where} leads nowhere")
            value = value[part]
    return value


def expand_class(text):
    """The characters of a class such as 0-9a-f_-."""
    out, i = [], 0
    while i < len(text):
        if i + 2 < len(text) and text[i + 1] == "-":
            first, last = ord(text[i]), ord(text[i + 2])
            need(first <= last, f"the character range in [{text}] is wrong")
            out += [chr(c) for c in range(first, last + 1)]
            i += 3
        else:
            out.append(text[i])
            i += 1
    return "".join(out)


def one_type(name, schema):
    """The type, and whether null may stand for it."""
    need("type" in schema, f"{name}: the schema has no type")
    kind = schema["type"]
    is_nullable = isinstance(kind, list)
    if is_nullable:
        need(len(kind) == 2 and kind[1] == "null",
             f"{name}: type {kind} is not checked by the server")
        kind = kind[0]
    need(kind in ("string", "integer", "boolean", "object", "array"),
         f"{name}: type {kind} is not checked by the server")
    return kind, is_nullable


def value_check(document, name, schema, required):
    """What the server checks of one parameter or member."""
    schema = resolve(document, schema)
    unknown = set(schema) - VALUE_KEYS
    need(not unknown, f"{name}: {sorted(unknown)} would not be enforced")
    kind, is_nullable = one_type(name, schema)
    check = {"name": name, "type": kind, "required": required,
             "min": 0, "max": 0, "characters": None, "format": None,
             "words": schema.get("enum"), "default": None,
             "nullable": is_nullable, "members": []}
    if kind == "array":
        need("maxItems" in schema, f"{name}: an array has no maximum")
        check["min"] = schema.get("minItems", 0)
        check["max"] = schema["maxItems"]
        check["members"] = [value_check(document, name, schema["items"], True)]
    if kind == "object":
        check["members"] = members_of(document, name, schema)
    if kind == "integer":
        check["min"] = schema.get("minimum", -NO_LIMIT)
        check["max"] = schema.get("maximum", NO_LIMIT)
    if kind == "string":
        string_check(check, name, schema)
    if "default" in schema:
        check["default"] = str(schema["default"])
    return check


def members_of(document, name, schema):
    need(schema.get("additionalProperties") is False,
         f"{name}: an object without additional properties")
    required = schema.get("required", [])
    need(set(required) <= set(schema["properties"]),
         f"{name}: requires a member that it does not have")
    return [value_check(document, member, value, member in required)
            for member, value in schema["properties"].items()]


def string_check(check, name, schema):
    check["min"] = schema.get("minLength", 0)
    check["max"] = schema.get("maxLength", DEFAULT_MAX_LENGTH)
    check["format"] = schema.get("format")
    if check["format"] is not None:
        need(check["format"] in FORMATS,
             f"{name}: the format {check['format']} is not checked")
    pattern = schema.get("pattern")
    if check["format"] == "uuid":
        need(pattern in (None, UUID_PATTERN), f"{name}: pattern of a UUID")
    elif pattern is not None:
        match = PATTERN.match(pattern)
        need(match, f"{name}: the pattern {pattern} is not checked")
        check["characters"] = expand_class(match[1])
        check["min"], check["max"] = int(match[2]), int(match[3])
    need("maxLength" in schema or pattern or check["words"]
         or check["format"] == "uuid", f"{name}: a string has no maximum")


def parameters_of(document, path, operation):
    path_names = re.findall(r"\{([a-z_]+)\}", path)
    checks, declared = {"query": [], "path": []}, []
    for parameter in operation.get("parameters", []):
        parameter = resolve(document, parameter)
        need(set(parameter) <= PARAMETER_KEYS,
             f"{path}: {sorted(set(parameter) - PARAMETER_KEYS)}")
        where, name = parameter["in"], parameter["name"]
        if where == "header":
            need(name == "If-Match", f"{path}: the header {name} is not read")
            continue
        need(where in checks, f"{path}: parameters in {where}")
        required = parameter.get("required", False)
        need(required == (where == "path"), f"{path}: {name}: required")
        check = value_check(document, name, parameter["schema"], required)
        need(not check["members"] and not check["nullable"],
             f"{path}: {name}: a parameter is one value")
        checks[where].append(check)
        if where == "path":
            declared.append(name)
    need(declared == path_names,
         f"{path}: has the parameters {path_names}, declares {declared}")
    return checks


def body_of(document, name, operation):
    body = operation.get("requestBody")
    if body is None:
        return None
    body = resolve(document, body)
    need(list(body["content"]) == ["application/json"] and
         body.get("required") is True, f"{name}: a body is required JSON")
    schema = resolve(document, body["content"]["application/json"]["schema"])
    need(schema.get("type") == "object",
         f"{name}: a body is an object without additional properties")
    return members_of(document, f"{name}: a body", schema)


def security_of(name, operation):
    security = operation.get("x-warifu-security")
    need(security in SECURITY, f"{name}: x-warifu-security is {security}")
    need((operation.get("security") == []) == (security == "anyone"),
         f"{name}: security and x-warifu-security differ")
    return security


def only_reads(method, operation):
    """A GET, or a POST whose question is too long for an address."""
    return method == "get" or (
        method == "post" and operation.get("x-warifu-reads") is True)


def permission_of(name, method, operation):
    """The module and the level that the role of who asks must have."""
    module = operation.get("x-warifu-module")
    level = operation.get("x-warifu-level")
    need((module == "public") == (operation["x-warifu-security"] == "anyone"),
         f"{name}: x-warifu-module is {module}")
    if module in ("public", "own"):
        need(level == "none", f"{name}: x-warifu-level of what is {module}")
        return module, level
    need(module in MODULES, f"{name}: x-warifu-module is {module}")
    need(level in LEVELS, f"{name}: x-warifu-level is {level}")
    need((level == "read") == only_reads(method, operation),
         f"{name}: {method} and x-warifu-level {level}")
    return module, level


def transport_of(name, method, operation):
    https = operation.get("x-warifu-https", False)
    plain = operation.get("x-warifu-plain", False)
    need(not (https and plain), f"{name}: https and plain at once")
    if https:
        return "https"
    return "any" if only_reads(method, operation) or plain else "loopback"


def audit_of(name, method, operation):
    """What is written to the audit log: whatever changes something says it."""
    action = operation.get("x-warifu-audit")
    need(action is not None or only_reads(method, operation),
         f"{name}: changes something and has no x-warifu-audit")
    need(action is None or operation.get("x-warifu-reads") is not True,
         f"{name}: has an x-warifu-audit and x-warifu-reads")
    need(action is None or re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", action),
         f"{name}: x-warifu-audit is {action}")
    return action


def websocket_of(name, method, operation):
    """Whether it is answered by a WebSocket (RFC 6455), after it was checked
    like every other operation."""
    is_websocket = operation.get("x-warifu-websocket", False)
    need(is_websocket in (True, False), f"{name}: x-warifu-websocket")
    need(not is_websocket or method == "get",
         f"{name}: {method} does not begin a WebSocket")
    need(is_websocket == ("101" in operation["responses"]),
         f"{name}: x-warifu-websocket and the response 101 differ")
    return is_websocket


def operation_of(document, path, method, operation):
    name = operation.get("operationId", "")
    need(re.fullmatch(r"[a-z][a-z0-9_]*", name),
         f"{method} {path}: the operationId '{name}'")
    need(operation.get("summary"), f"{name}: no summary")
    need({"4XX", "5XX"} <= set(operation["responses"]),
         f"{name}: no 4XX or no 5XX response")
    need("x-warifu-codes" in operation, f"{name}: no x-warifu-codes")
    body = body_of(document, name, operation)
    need(body is None or method in ("post", "put", "patch"),
         f"{name}: {method} has no body")
    parameters = parameters_of(document, path, operation)
    security = security_of(name, operation)
    module, level = permission_of(name, method, operation)
    return {"name": name, "method": method.upper(), "path": path,
            "security": security, "module": module, "level": level,
            "transport": transport_of(name, method, operation),
            "audit": audit_of(name, method, operation),
            "is_websocket": websocket_of(name, method, operation),
            "query": parameters["query"], "in_path": parameters["path"],
            "body": body, "codes": operation["x-warifu-codes"]}


def operations_of(document):
    out = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            need(method in METHODS, f"{path}: {method} is not known")
            out.append(operation_of(document, path, method, operation))
    names = [o["name"] for o in out]
    need(len(names) == len(set(names)), "an operationId is there twice")
    return sorted(out, key=lambda o: o["name"])


def problems_of(document, operations):
    components = document["components"]
    problems = components["x-warifu-problems"]
    used = set(components["x-warifu-common-codes"])
    for operation in operations:
        used |= set(operation["codes"])
    need(used <= set(problems), f"codes without status: "
         f"{sorted(used - set(problems))}")
    need(set(problems) <= used, f"codes that nothing answers: "
         f"{sorted(set(problems) - used)}")
    for code, problem in problems.items():
        need(re.fullmatch(r"[a-z][a-z_]{0,46}", code), f"the code {code}")
        need(400 <= problem["status"] <= 599, f"the status of {code}")
    return dict(sorted(problems.items()))


def c_string(text):
    if text is None:
        return "NULL"
    out = []
    for byte in text.encode():
        char = chr(byte)
        if char == "\n":
            out.append("\\n")
        elif char in '"\\':
            out.append("\\" + char)
        elif 32 <= byte < 127:
            out.append(char)
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def c_words(words):
    inner = ", ".join([c_string(str(word)) for word in words] + ["NULL"])
    return f"(const char *const[]){{{inner}}}"


def c_check(check, members):
    words = c_words(check["words"]) if check["words"] else "NULL"
    form = f"API_FORMAT_{(check['format'] or 'any').upper()}"
    return (f"    {{{c_string(check['name'])}, "
            f"API_{check['type'].upper()}, {form}, "
            f"{str(check['required']).lower()}, {check['min']}, "
            f"{check['max']}, {c_string(check['characters'])}, {words}, "
            f"{c_string(check['default'])}, "
            f"{str(check['nullable']).lower()}, {members}}},\n")


HEAD = "/* Made from api/openapi.yaml by api/generate.py. */\n"


def routes_c(operations):
    out = [HEAD, '#include "base/limits.h"\n#include "server/routes.h"\n\n',
           "const struct route ROUTES_API[] = {\n"]
    for o in operations:
        limit = "LIMIT_BODY_API" if o["body"] is not None else "0"
        security = ("ROUTE_SECURITY_OPEN" if o["security"] == "anyone"
                    else "ROUTE_SECURITY_USER")
        out.append(
            f"    {{.method = \"{o['method']}\", .pattern = "
            f"{c_string(o['path'])}, .listeners = LISTENER_HTTP | LISTENER_HTTPS, "
            f".body_max = {limit}, .operation = {c_string(o['name'])}, "
            f".security = {security}, .needs_https = "
            f"{str(o['transport'] == 'https').lower()}, .is_websocket = "
            f"{str(o['is_websocket']).lower()}}},\n")
    out.append("};\nconst size_t ROUTES_API_COUNT =\n"
               "    sizeof(ROUTES_API) / sizeof(ROUTES_API[0]);\n")
    return "".join(out)


def operations_h(operations):
    out = [HEAD, "#ifndef API_OPERATIONS_H\n#define API_OPERATIONS_H\n\n"
           '#include "server/core/api/operation.h"\n\n']
    for o in operations:
        out.append(f"bool api_{o['name']}(struct api_call *call, "
                   "struct err *err);\n")
    out.append("\n#endif\n")
    return "".join(out)


def check_table(name, kind, checks):
    if not checks:
        return "", "NULL, 0"
    table = f"{kind}_{name}"
    text, rows = "", []
    for number, check in enumerate(checks):
        inner, members = check_table(f"{name}_{number}", kind,
                                     check["members"])
        text += inner
        rows.append(c_check(check, members))
    text += (f"static const struct api_check {table}[] = {{\n" +
             "".join(rows) + "};\n")
    return text, f"{table}, {len(checks)}"


def c_audit(action):
    """An action that the table of actions lacks does not compile."""
    if action is None:
        return "API_NOT_AUDITED"
    return "STORE_AUDIT_" + action.upper().replace(".", "_")


def operation_row(o):
    tables, fields = "", []
    for kind, checks in (("path", o["in_path"]), ("query", o["query"]),
                         ("body", o["body"])):
        text, field = check_table(o["name"], kind, checks)
        tables += text
        fields.append(field)
    row = (f"    {{{c_string(o['name'])}, API_{o['security'].upper()}, "
           f"API_TRANSPORT_{o['transport'].upper()}, "
           f"POLICY_{o['module'].upper()}, POLICY_{o['level'].upper()}, "
           f"{', '.join(fields)}, "
           f"{str(o['body'] is not None).lower()}, {c_words(o['codes'])}, "
           f"{c_audit(o['audit'])}, api_{o['name']}}},\n")
    return tables, row


def operations_c(operations, problems):
    tables, rows, thunks, bindings = [], [], [], []
    for number, o in enumerate(operations):
        text, row = operation_row(o)
        tables.append(text)
        rows.append(row)
        thunks.append(
            f"static void\nrun_{o['name']}(struct request *request, "
            "struct response *response)\n{\n"
            f"\tapi_run(&API_OPERATIONS[{number}], request, response);\n"
            "}\n\n")
        bindings.append(f"    {{{c_string(o['name'])}, run_{o['name']}}},\n")
    codes = [f"    {{{c_string(code)}, {p['status']}, "
             f"{c_string(p['title'])}}},\n" for code, p in problems.items()]
    return "".join([
        HEAD, '#include "api_operations.h"\n\n'
        '#include "server/core/handlers.h"\n\n', *tables,
        "\nconst struct api_operation API_OPERATIONS[] = {\n", *rows,
        f"}};\nconst size_t API_OPERATIONS_COUNT = {len(operations)};\n\n",
        "const struct api_problem API_PROBLEMS[] = {\n", *codes,
        f"}};\nconst size_t API_PROBLEMS_COUNT = {len(problems)};\n\n",
        *thunks, "const struct handler_binding API_HANDLERS[] = {\n",
        *bindings,
        f"}};\nconst size_t API_HANDLERS_COUNT = {len(operations)};\n"])


def c_text(name, text):
    lines = text.splitlines(keepends=True)
    pieces = [line[i:i + 900] for line in lines
              for i in range(0, len(line), 900)]
    return (f"const char {name}[] =\n" +
            "\n".join("    " + c_string(piece) for piece in pieces) +
            f";\nconst size_t {name}_LENGTH = sizeof({name}) - 1;\n")


def document_c(source, document):
    as_json = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    return (HEAD + '#include "server/core/api/operation.h"\n\n' +
            c_text("API_DOCUMENT_YAML", source) + "\n" +
            c_text("API_DOCUMENT_JSON", as_json))


def generate(source):
    """The generated files' texts by their names."""
    document = yaml.safe_load(source)
    operations = operations_of(document)
    problems = problems_of(document, operations)
    return {"api_routes.c": routes_c(operations),
            "api_operations.h": operations_h(operations),
            "api_operations.c": operations_c(operations, problems),
            "api_document.c": document_c(source, document)}


def main(arguments):
    source = pathlib.Path(arguments[1]).read_text(encoding="utf-8")
    try:
        files = generate(source)
    except Wrong as wrong:
        print(f"{arguments[1]}: {wrong}", file=sys.stderr)
        return 1
    for name, text in files.items():
        pathlib.Path(arguments[2], name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
