# SPDX-License-Identifier: MIT
"""json_answers.py - are the plugins' answers what the schema says, and do they give names back?

json_answers.py check SCHEMA DIR	every DIR/*.json: one line of valid JSON that the schema takes;
	DIR/NAME.expect has "PLUGIN STATUS", DIR/NAME.bytes what the texts must hold, escaped
json_answers.py mutate SCHEMA FILE	the schema takes the answer and refuses it spoilt in any way
json_answers.py names SCHEMA		the metric names that the schema knows
"""
import copy
import json
import os
import re
import sys

STATES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"]


# What ends a line or turns the direction of text.
TURNING = "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def escape(data):
    """What the plugins make of a name: as SPEC has it, byte by byte."""
    text = ""
    while data:
        for length in (1, 2, 3, 4):
            try:
                one = data[:length].decode("utf-8")
                break
            except UnicodeDecodeError:
                one = None
        if one is None or ord(one) < 0x20 or 0x7F <= ord(one) < 0xA0 or one in "|;" + TURNING:
            text += f"\\x{data[0]:02x}"
            data = data[1:]
        else:
            text += "\\\\" if one == "\\" else one
            data = data[length:]
    return text


def unescape(text):
    return re.sub(
        rb"\\(?:x([0-9a-f]{2})|(\\))",
        lambda m: bytes([int(m[1], 16)]) if m[1] else b"\\",
        text.encode("utf-8"),
    )


def unique(pairs):
    assert len({key for key, _ in pairs}) == len(pairs), f"a key stands twice: {pairs}"
    return dict(pairs)


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


def parse(path):
    with open(path, "rb") as file:
        raw = file.read()
    assert raw.endswith(b"\n") and raw.count(b"\n") == 1, "not one line"
    return json.loads(raw.decode("utf-8"), object_pairs_hook=unique, parse_constant=refuse)


def validator(path):
    import jsonschema

    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def check_one(valid, base):
    answer = parse(base + ".json")
    for error in valid.iter_errors(answer):
        raise AssertionError(f"{'/'.join(map(str, error.path))}: {error.message}")
    with open(base + ".expect", encoding="utf-8") as file:
        plugin, status = file.read().split()
    told = (answer["plugin"], answer["exit_code"], answer["state"])
    assert told == (plugin, int(status), STATES[int(status)]), f"{told}, exit {status}"
    if os.path.exists(base + ".bytes"):
        with open(base + ".bytes", "rb") as file:
            data = file.read()
        wanted = escape(data)
        assert unescape(wanted) == data
        assert any(wanted in line for line in [answer["summary"], *answer["evidence"]]), (
            f"no {wanted!r} in {answer}"
        )


def check(schema, directory):
    valid = validator(schema)
    names = sorted(name[:-5] for name in os.listdir(directory) if name.endswith(".json"))
    failed = 0
    for name in names:
        try:
            check_one(valid, os.path.join(directory, name))
        except (AssertionError, ValueError, KeyError) as error:
            failed += 1
            with open(os.path.join(directory, name + ".json"), "rb") as file:
                print(f"{name}: {error}\n    {file.read()!r}")
    print(f"{len(names)} answers, {failed} wrong")
    sys.exit(failed > 0 or not names)


def set_at(path, value):
    def change(answer):
        *steps, last = path
        for step in steps:
            answer = answer[step]
        answer[last] = value

    return change


def drop(path):
    def change(answer):
        *steps, last = path
        for step in steps:
            answer = answer[step]
        del answer[last]

    return change


def mutations(answer):
    """Every key of the objects left out or added to, and values that are wrong."""
    for key in answer:
        yield drop([key])
        yield set_at([key], None)
    for key in answer["metrics"][0]:
        yield drop(["metrics", 0, key])
    yield set_at(["more"], 1)
    yield set_at(["metrics", 0, "more"], 1)
    yield set_at(["coverage", "more"], "x")
    yield set_at(["plugin"], "PORTS")
    yield set_at(["plugin"], answer["plugin"].lower())
    yield set_at(["state"], "DEPENDENT")
    yield set_at(["state"], "ok")
    for code in (4, -1, "0", 0.5, (answer["exit_code"] + 1) % 4):
        yield set_at(["exit_code"], code)
    yield set_at(["state"], STATES[(answer["exit_code"] + 1) % 4])
    for text in ("", "a|b", "a\nb", "a\tb", "\x1b[31m", "\x7f", "\x9b", 5):
        yield set_at(["summary"], text)
        yield set_at(["evidence"], [text])
    yield set_at(["evidence"], "text")
    yield set_at(["metrics"], {})
    for name in ("", "colour", "tcp_443", "tcp_x_listeners", "127.0.0.1", "a b", "Listening"):
        yield set_at(["metrics", 0, "name"], name)
    for value in ("1", None, True):
        yield set_at(["metrics", 0, "value"], value)
    for unit in ("ms", "KB", None, "C"):
        yield set_at(["metrics", 0, "unit"], unit)
    yield set_at(["metrics", 0, "bound"], "at_least")
    for limit in ("", ":", "@", "@:", "1:2:3", "+5", "1e3", "5%", "1,5", ":~", 5, "inf"):
        yield set_at(["metrics", 0, "warning"], limit)
        yield set_at(["metrics", 0, "critical"], limit)
    for key, value in (
        ("tcp4", "ss"), ("tcp4", 1), ("tcp5", "netlink"), ("times", "fast"), ("looks", 2),
        ("processes", "many"), ("interrupted", True),
    ):
        yield set_at(["coverage", key], value)


def mutate(schema, path):
    valid = validator(schema)
    answer = parse(path)
    assert valid.is_valid(answer), list(valid.iter_errors(answer))
    count = 0
    for change in mutations(answer):
        spoilt = copy.deepcopy(answer)
        change(spoilt)
        count += 1
        assert not valid.is_valid(spoilt), f"taken although it is wrong: {json.dumps(spoilt)}"
    print(f"{count} wrong answers refused")


def names(schema):
    with open(schema, encoding="utf-8") as file:
        name = json.load(file)["$defs"]["metric"]["properties"]["name"]
    print(*name["anyOf"][0]["enum"], sep="\n")


if __name__ == "__main__":
    {"check": check, "mutate": mutate, "names": names}[sys.argv[1]](*sys.argv[2:])
