"""What is written wrongly is an error that names file, case and key, and says what would be right."""

from pathlib import Path

import pytest

from caching import Failure, Purge, Scope
from tests.scenarios.at import At, ScenarioError
from tests.scenarios.case import LEGS, Answer, Case
from tests.scenarios.load import parse, sized

WHOLE = """
- id: one
  section: 9111 4.2
  rule: It is so.
  steps:
    - send: GET /a
      with: {Accept: [a, b]}
      origin: {status: 404, headers: {Expires: "@+10s"}, body: gone, without: [Date]}
      asked: {method: GET, absent: [Range]}
      expect: {status: [200, 404], headers: {Age: 0}, cache: hit; ttl=9; !stored, one_of: {Via: [a, b]}}
    - after: 1.5s
      purge: {tag: x, soft: true}
"""


def one(text: str) -> Case:
    return parse(text, "file")[0]


def with_step(step: str) -> str:
    return f"- id: one\n  section: 9111\n  rule: It is so.\n  steps:\n    - {step}\n"


def with_key(key: str) -> str:
    return f"{with_step('send: GET /a')}  {key}\n"


def test_a_case_is_read_whole() -> None:
    case = one(WHOLE)
    first, second = case.steps
    ask, expected = first.asks[0], first.asks[0].expected
    assert (case.name, case.section, case.rule, case.legs) == ("file:one", "9111 4.2", "It is so.", LEGS)
    assert (ask.sent.method, ask.sent.target) == ("GET", "/a")
    assert ask.sent.headers == (("host", "cdn.test"), ("Accept", "a"), ("Accept", "b"))
    assert first.answers == (
        Answer(404, (("Expires", "Tue, 14 Nov 2023 22:13:30 GMT"),), ("date",), b"gone"),
    )
    assert first.wanted[0].method == "GET" and first.wanted[0].fields.absent == ("range",)
    assert expected.statuses == (200, 404) and expected.fields.equal == (("age", "0"),)
    assert expected.cache == (("hit", None), ("ttl", "9"), ("!stored", None))
    assert expected.fields.one_of == (("via", ("a", "b")),)
    assert (second.after_ms, second.purge, second.asks) == (1_500, Purge(Scope.TAG, "x", soft=True), ())


def test_what_the_readme_shows_can_be_read() -> None:
    shown = Path(__file__).with_name("README.md").read_text().partition("```yaml\n")[2].partition("```")[0]
    case = one(shown)
    assert case.settings == {"max_stale_ms": 0} and len(case.steps) == 3
    assert case.steps[1].after_ms == 5_500 and case.steps[2].times == (0, 0)


def test_who_has_no_answer_must_not_be_asked() -> None:
    assert one(with_step("send: GET /a")).steps[0].times == (0, 0)
    assert one(with_step("{send: GET /a, origin: {}}")).steps[0].times == (1, 1)
    assert one(with_step("{send: GET /a, origin: [{}, {}]}")).steps[0].times == (2, 2)
    assert one(with_step("{send: GET /a, origin: {}, asked: [{}, {}, {}]}")).steps[0].times == (3, 3)
    assert one(with_step("{send: GET /a, origin: {}, asked: 2}")).steps[0].times == (2, 2)
    assert one(with_step("{send: GET /a, origin: {}, asked: 0-1}")).steps[0].times == (0, 1)
    assert one(with_step("{send: GET /a, origin: {file: abc}}")).steps[0].times == (1, None)
    assert one(with_step("{send: GET /a, origin: down}")).steps[0].times == (0, 0)


def test_values_mean_what_stands_there() -> None:
    step = one(with_step("{send: GET /a, with: {A: no, B: 1:30, C: 7200.0, D: 010}}")).steps[0]
    assert dict(step.asks[0].sent.headers[1:]) == {"A": "no", "B": "1:30", "C": "7200.0", "D": "010"}


def test_settings_have_the_kinds_that_they_have_in_the_core() -> None:
    case = one(with_key("settings: {max_stale_ms: 0, ignored_params: [a, b], preserve_host: false}"))
    assert case.settings == {"max_stale_ms": 0, "ignored_params": frozenset("ab")}
    assert not case.preserve_host


def test_failures_of_the_origin() -> None:
    assert one(with_step("{send: GET /a, origin: silent}")).steps[0].answers[0].failure is Failure.TIMEOUT
    assert one(with_step("{send: GET /a, origin: down}")).steps[0].answers[0].failure is Failure.UNREACHABLE


def test_what_is_missing_is_said_for_every_leg_or_for_one() -> None:
    assert one(with_key("xfail: it is missing")).xfail == dict.fromkeys(LEGS, "it is missing")
    assert one(with_key("xfail: {live: it is missing}")).xfail == {"live": "it is missing"}


def test_content_of_a_size() -> None:
    assert [len(sized(size)) for size in (0, 1, 9, 1000)] == [0, 1, 9, 1000]
    content = sized(9_000)
    assert len({content[at : at + 9] for at in range(0, 9_000, 9)}) == 1_000


@pytest.mark.parametrize(
    ("text", "ms"), [("5s", 5_000), ("1.5s", 1_500), ("200ms", 200), ("0.25m", 15_000), ("1h", 3_600_000)]
)
def test_durations(text: str, ms: int) -> None:
    assert At(text, "x").duration_ms() == ms


WRONG = {
    "unknown-key-of-a-case": (with_key("stepps: 1"), "file:one: unknown key 'stepps'; did you mean 'steps'?"),
    "unknown-key-of-a-step": (
        with_step("{send: GET /a, expected: {}}"),
        "file:one.steps[0]: unknown key 'expected'; did you mean 'expect'?",
    ),
    "unknown-key-of-an-answer": (
        with_step("{send: GET /a, origin: {header: {}}}"),
        "file:one.steps[0].origin: unknown key 'header'; did you mean 'headers'?",
    ),
    "unknown-key-far-from-any": (with_step("{xyz: 1}"), "known are send, raw, with"),
    "unknown-setting": (with_key("settings: {max_stale: 1}"), "did you mean 'max_stale_ms'?"),
    "setting-out-of-range": (with_key("settings: {capacity_bytes: 0}"), "capacity_bytes: must be greater"),
    "key-twice": (with_step("{send: GET /a, send: GET /b}"), "key 'send' stands twice"),
    "id-twice": (WHOLE + WHOLE, "file:one: id: another case of this file has it"),
    "id-with-blanks": ("- {id: A b, section: x, rule: y., steps: []}", "file:A b.id: lower-case words"),
    "no-id": ("- {section: x, rule: y., steps: []}", "file:case 1: id is missing"),
    "no-steps": ("- {id: a, section: x, rule: y., steps: []}", "at least one step"),
    "no-full-stop": ("- {id: a, section: x, rule: y, steps: []}", "file:a.rule: must be a sentence"),
    "no-list": ("id: one", "file: must be a list of cases, not a mapping"),
    "no-yaml": ("- {", "file: "),
    "empty": ("", "file: must be a list of cases, not a"),
    "bad-duration": (with_step("after: 5"), "file:one.steps[0].after: a duration such as 5s"),
    "bad-duration-too-fine": (with_step("after: 0.5ms"), "whole milliseconds, not '0.5ms'"),
    "bad-date": (with_step("{send: GET /a, with: {Date: '@+5'}}"), "file:one.steps[0].with.Date: a duration"),
    "bad-number": (with_step("{send: GET /a, origin: {status: ok}}"), "must be a whole number, not 'ok'"),
    "bad-flag": (with_step("{send: GET /a, expect: {broken: yes}}"), "must be true or false, not 'yes'"),
    "bad-leg": (with_key("legs: [lively]"), "one of bare, sim, live, not 'lively'"),
    "legs-without-why": (with_key("legs: [live]"), "legs and why go together"),
    "why-without-legs": (with_key("why: So."), "legs and why go together"),
    "no-method": (with_step("send: /a"), "a method and a target, such as GET /a, not '/a'"),
    "nothing-sent": (with_step("origin: {}"), "nothing is sent"),
    "send-and-at-once": (with_step("{send: GET /a, at_once: []}"), "either send, or at_once"),
    "raw-in-all-legs": (with_step("{raw: GET}"), "raw bytes are for the leg that has a wire"),
    "raw-and-send": (with_step("{raw: GET, send: GET /a}"), "raw is all that is sent"),
    "two-contents": (with_step("{send: GET /a, origin: {body: a, size: 1}}"), "only one of body, size"),
    "strange-failure": (with_step("{send: GET /a, origin: dead}"), "down or silent, or a mapping"),
    "down-among-others": (with_step("{send: GET /a, origin: [down, {}]}"), "down for the whole of a step"),
    "list-of-equal": (
        with_step("{send: GET /a, expect: {headers: {A: [b]}}}"),
        "file:one.steps[0].expect.headers.A: lines of one name",
    ),
    "bad-field-name": (with_step("{send: GET /a, with: {'A b': c}}"), "'A b' is no name of a header field"),
    "bad-cache": (with_step("{send: GET /a, expect: {cache: 'ttl='}}"), "parameters as in Cache-Status"),
    "bad-often": (with_step("{send: GET /a, asked: twice}"), "how often, such as 2 or 0-1"),
    "bad-purge": (with_step("purge: {soft: true}"), "one of url, prefix, tag and all"),
    "purge-of-two": (with_step("purge: {tag: a, url: /b}"), "one of url, prefix, tag and all"),
    "no-text": (with_key("xfail: [a]"), "must be a mapping, not a list"),
    "nothing-missing": (with_key("xfail: ''"), "say what is missing"),
    "wide-character": (with_step("{send: PUT /a, body: €}"), "each character must be one byte"),
    "empty-step": (with_step("{}"), "an empty step"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(text, "file")
    assert message in str(caught.value)
    assert str(caught.value).startswith("file:")
