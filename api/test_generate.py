"""The generator refuses what the server would not enforce, and nothing else."""

import copy
import json
import pathlib
import re
import sys

import pytest
import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import generate  # noqa: E402

SOURCE = (HERE / "openapi.yaml").read_text(encoding="utf-8")
DOCUMENT = yaml.safe_load(SOURCE)
SMALL = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {"/a/{id}": {"post": {
        "operationId": "a_make", "summary": "s",
        "x-warifu-security": "signed_in", "x-warifu-codes": ["gone"],
        "x-warifu-module": "offices", "x-warifu-level": "write",
        "x-warifu-audit": "thing.make",
        "parameters": [
            {"name": "id", "in": "path", "required": True,
             "schema": {"type": "string", "format": "uuid"}},
            {"name": "n", "in": "query",
             "schema": {"type": "integer", "minimum": 1, "maximum": 5,
                        "default": 3}}],
        "requestBody": {"required": True, "content": {"application/json": {
            "schema": {"type": "object", "additionalProperties": False,
                       "required": ["name"],
                       "properties": {"name": {
                           "type": "string", "maxLength": 9}}}}}},
        "responses": {"4XX": {"description": "d"},
                      "5XX": {"description": "d"}}}}},
    "components": {
        "x-warifu-common-codes": ["internal"],
        "x-warifu-problems": {
            "gone": {"status": 404, "title": "Gone"},
            "internal": {"status": 500, "title": "Wrong"}}}}


def small():
    document = copy.deepcopy(SMALL)
    return document, document["paths"]["/a/{id}"]["post"]


def generated(document):
    return generate.generate(yaml.safe_dump(document, sort_keys=False))


def refusal(document):
    with pytest.raises(generate.Wrong) as caught:
        generated(document)
    return str(caught.value)


def test_a_small_description_becomes_tables():
    files = generated(small()[0])
    assert '.pattern = "/a/{id}"' in files["api_routes.c"]
    assert ".body_max = LIMIT_BODY_API" in files["api_routes.c"]
    assert "bool api_a_make(" in files["api_operations.h"]
    row = files["api_operations.c"]
    assert '{"n", API_INTEGER, API_FORMAT_ANY, false, 1, 5, NULL, NULL, "3", ' \
        'false, NULL, 0}' in row
    assert '{"name", API_STRING, API_FORMAT_ANY, true, 0, 9, ' in row
    assert '{"gone", 404, "Gone"}' in row
    assert 'API_TRANSPORT_LOOPBACK, POLICY_OFFICES, POLICY_WRITE, ' in row
    assert "STORE_AUDIT_THING_MAKE, api_a_make}" in row


def test_objects_and_arrays_become_nested_tables():
    document, operation = small()
    content = operation["requestBody"]["content"]["application/json"]
    content["schema"]["properties"]["list"] = {
        "type": ["array", "null"], "maxItems": 7, "items": {
            "type": "object", "additionalProperties": False,
            "required": ["on"], "properties": {"on": {"type": "boolean"}}}}
    row = generated(document)["api_operations.c"]
    assert "0, 7, NULL, NULL, NULL, true, body_a_make_1, 1}" in row
    assert ('{"list", API_OBJECT, API_FORMAT_ANY, true, 0, 0, NULL, NULL, '
            'NULL, false, body_a_make_1_0, 1}') in row
    assert '{"on", API_BOOLEAN, API_FORMAT_ANY, true, ' in row


def spoil_unknown_keyword(_, operation):
    operation["parameters"][1]["schema"]["multipleOf"] = 2
    return "multipleOf"


def spoil_pattern(_, operation):
    operation["parameters"][1]["schema"] = {
        "type": "string", "pattern": "^(a|b)+$"}
    return "pattern"


def spoil_format(_, operation):
    operation["parameters"][1]["schema"] = {
        "type": "string", "maxLength": 5, "format": "ipv4"}
    return "format"


def spoil_endless_string(_, operation):
    operation["parameters"][1]["schema"] = {"type": "string"}
    return "no maximum"


def spoil_path_parameter(_, operation):
    del operation["parameters"][0]
    return "declares"


def spoil_open_body(_, operation):
    content = operation["requestBody"]["content"]["application/json"]
    del content["schema"]["additionalProperties"]
    return "additional properties"


def spoil_nested_body(_, operation):
    content = operation["requestBody"]["content"]["application/json"]
    content["schema"]["properties"]["name"] = {"type": "object"}
    return "without additional properties"


def spoil_endless_array(_, operation):
    content = operation["requestBody"]["content"]["application/json"]
    content["schema"]["properties"]["name"] = {
        "type": "array", "items": {"type": "boolean"}}
    return "an array has no maximum"


def spoil_two_types(_, operation):
    content = operation["requestBody"]["content"]["application/json"]
    content["schema"]["properties"]["name"] = {
        "type": ["string", "integer"], "maxLength": 5}
    return "not checked"


def spoil_null_in_a_query(_, operation):
    operation["parameters"][1]["schema"] = {"type": ["integer", "null"]}
    return "one value"


def spoil_security(_, operation):
    operation["x-warifu-security"] = "everybody"
    return "x-warifu-security"


def spoil_open_security(_, operation):
    operation["security"] = []
    return "differ"


def spoil_module_missing(_, operation):
    del operation["x-warifu-module"]
    return "x-warifu-module is None"


def spoil_module_unknown(_, operation):
    operation["x-warifu-module"] = "teleport"
    return "x-warifu-module is teleport"


def spoil_module_public(_, operation):
    operation["x-warifu-module"] = "public"
    operation["x-warifu-level"] = "none"
    return "x-warifu-module is public"


def spoil_level_missing(_, operation):
    del operation["x-warifu-level"]
    return "x-warifu-level is None"


def spoil_level_none(_, operation):
    operation["x-warifu-level"] = "none"
    return "x-warifu-level is none"


def spoil_level_read_of_a_change(_, operation):
    operation["x-warifu-level"] = "read"
    return "post and x-warifu-level read"


def spoil_level_of_own(_, operation):
    operation["x-warifu-module"] = "own"
    return "x-warifu-level of what is own"


def spoil_code(_, operation):
    operation["x-warifu-codes"] = ["gone", "unheard_of"]
    return "unheard_of"


def spoil_unused_code(document, _):
    document["components"]["x-warifu-problems"]["idle"] = {
        "status": 400, "title": "Idle"}
    return "nothing answers"


def spoil_reference(_, operation):
    operation["parameters"][1] = {"$ref": "#/components/nowhere"}
    return "leads nowhere"


def spoil_identifier(_, operation):
    operation["operationId"] = "a-make; drop"
    return "operationId"


def spoil_twice(document, operation):
    document["paths"]["/b"] = {"post": {
        **{k: v for k, v in operation.items()
           if k not in ("parameters", "requestBody")}}}
    return "twice"


def spoil_unrecorded_change(_, operation):
    del operation["x-warifu-audit"]
    return "no x-warifu-audit"


def spoil_audit_action(_, operation):
    operation["x-warifu-audit"] = "Thing!"
    return "x-warifu-audit is"


def spoil_recorded_reading(_, operation):
    operation["x-warifu-reads"] = True
    operation["x-warifu-level"] = "read"
    return "x-warifu-audit and x-warifu-reads"


def spoil_reading_that_asks_for_more(_, operation):
    del operation["x-warifu-audit"]
    operation["x-warifu-reads"] = True
    return "x-warifu-level"


def spoil_https_and_plain(_, operation):
    operation["x-warifu-https"] = operation["x-warifu-plain"] = True
    return "at once"


@pytest.mark.parametrize("spoil", [
    value for name, value in sorted(globals().items())
    if name.startswith("spoil_")], ids=lambda f: f.__name__[6:])
def test_what_would_not_be_enforced_is_refused(spoil):
    document, operation = small()
    expected = spoil(document, operation)
    assert expected in refusal(document)


def test_the_modules_are_those_of_the_policy():
    policy = (HERE.parent / "src/policy/authorize.c").read_text()
    words = re.findall(r'^    \[POLICY_[A-Z_]+\] = "([a-z_]+)"', policy, re.M)
    assert words == [*generate.MODULES, "public", "own",
                     "none", *generate.LEVELS]


def test_character_classes_are_expanded():
    assert generate.expand_class("a-c_-") == "abc_-"
    with pytest.raises(generate.Wrong):
        generate.expand_class("c-a")


def test_text_survives_as_a_c_string():
    text = 'quote " backslash \\ line\nletter é end'
    quoted = generate.c_string(text)
    assert re.fullmatch(r'"([ !#-\[\]-~]|\\.|\\[0-7]{3})*"', quoted)
    assert quoted.startswith('"quote \\" backslash \\\\ line\\nletter \\303')


def test_the_embedded_document_is_the_description():
    assert yaml.safe_load(SOURCE) == json.loads(
        json.dumps(DOCUMENT)), "the description has values that JSON lacks"


def test_every_operation_of_the_description_is_there():
    files = generate.generate(SOURCE)
    names = [operation["operationId"] for methods in DOCUMENT["paths"].values()
             for operation in methods.values()]
    for name in names:
        assert f"bool api_{name}(" in files["api_operations.h"]
        assert f'{{"{name}", run_{name}}}' in files["api_operations.c"]
        assert f'.operation = "{name}"' in files["api_routes.c"]
    assert len(names) == files["api_routes.c"].count(".method = ")


def test_schemas_are_valid_and_used():
    import jsonschema
    schemas = DOCUMENT["components"]["schemas"]
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        uses = SOURCE.count(f"'#/components/schemas/{name}'")
        assert uses > 0, f"{name} is not used"


def test_objects_require_what_they_have():
    """In answers nothing is optional: what is absent is null."""
    requests = {"SignIn", "PasswordChange", "ApiTokenRequest", "OfficeRequest",
                "ComputerMove", "Revocation", "EnrolmentTokenRequest",
                "UserRequest", "UserChange", "UserPassword", "RoleRequest",
                "RoleChange", "LevelsRequest", "Problem",
                "SecuritySettingsChange", "ServerSettingsChange",
                "SecondStep", "OwnProof", "GroupRequest", "GroupChange",
                # Given back as it was written.
                "Criterion"}
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if schema.get("type") == "object" and name not in requests:
            assert set(schema.get("required", [])) == \
                set(schema.get("properties", {})), name


def test_making_secrets_needs_https():
    """Whatever answers with a secret is not to be asked over HTTP."""
    for methods in DOCUMENT["paths"].values():
        for operation in methods.values():
            answer = json.dumps(operation["responses"])
            if "/schemas/New" in answer and \
                    operation["operationId"] not in ("session_create",
                                                     "session_two_factor"):
                assert operation.get("x-warifu-https") is True


def test_a_websocket_is_a_get_that_says_so():
    document, operation = small()
    operation["x-warifu-websocket"] = True
    operation["responses"]["101"] = {"description": "d"}
    assert "does not begin a WebSocket" in refusal(document)
    for path, methods in DOCUMENT["paths"].items():
        for method, one in methods.items():
            assert ("101" in one["responses"]) == \
                one.get("x-warifu-websocket", False), path
    document = copy.deepcopy(DOCUMENT)
    del document["paths"]["/api/v1/changes"]["get"]["x-warifu-websocket"]
    assert "101" in refusal(document)
    assert generated(DOCUMENT)["api_routes.c"].count(
        ".is_websocket = true") == 1
