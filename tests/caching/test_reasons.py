import ast
import inspect
from enum import Enum

import pytest

from caching import Dropped, Failure, NotStored, Outcome, Reason, reasons
from caching.reasons import EXPLAINED, CutOff, Lost

SPELLINGS = {
    Outcome: "hit stale revalidated collapsed miss expired bypass refused",
    Reason: (
        "fresh stale-while-revalidate max-stale stale-if-error stale-if-disconnected uri-miss vary-miss "
        "expired request no-cache soft-purged fenced unreadable partial unsliced method precondition "
        "request-no-store only-if-cached hit-for-miss unsharable too-many-ranges fills-limit loop "
        "max-forwards upstream-unreachable upstream-timeout upstream-invalid upstream-error "
        "upstream-aborted changed-midway upload-slow body-too-large upload-broken"
    ),
    NotStored: (
        "method precondition request-no-store status no-store private authorization set-cookie "
        "not-understood vary-all vary-changed no-freshness too-large blamed not-admitted hit-for-miss "
        "unsliced unsharable purged fill-failed digest-mismatch"
    ),
    CutOff: "client-left client-stalled client-slow head-unfinished upload-slow idle made-room body-broken",
    Dropped: "evicted replaced variants purged invalidated not-admitted fill-failed unreadable unwritten",
    Lost: "corrupt truncated missing unreadable no-space unwritable queue-full",
}


@pytest.mark.parametrize("vocabulary", SPELLINGS)
def test_the_spelling_is_a_promise_to_logs_and_dashboards(vocabulary: type[Enum]) -> None:
    assert [member.value for member in vocabulary] == SPELLINGS[vocabulary].split()


def test_every_word_says_what_it_means() -> None:
    undocumented = []
    for node in ast.parse(inspect.getsource(reasons)).body:
        if isinstance(node, ast.ClassDef) and node.name != "Failure":
            members = [statement for statement in node.body if not isinstance(statement, ast.FunctionDef)]
            for statement, following in zip(members, [*members[1:], None], strict=True):
                if isinstance(statement, ast.Assign) and not isinstance(following, ast.Expr):
                    undocumented.append(f"{node.name}.{ast.unparse(statement)}")
    assert undocumented == []


def test_a_failure_has_a_reason_and_a_status_of_the_gateway_unless_it_is_the_clients() -> None:
    clients = {Failure.UPLOAD_SLOW, Failure.BODY_TOO_LARGE, Failure.UPLOAD_BROKEN}
    gateways = set(Failure) - clients - {Failure.FILLS_LIMIT}
    assert {failure.reason for failure in gateways} == {r for r in Reason if r.value.startswith("upstream-")}
    assert {failure.status for failure in gateways} == {502, 504}
    assert Failure.TIMEOUT.status == 504 and {failure.status for failure in clients} == {400, 408, 413}
    assert Failure.FILLS_LIMIT.status == 503


_OUR_OWN = {Reason.LOOP, Reason.TOO_MANY_RANGES, Reason.CHANGED_MIDWAY}


def test_what_a_request_can_be_refused_for_is_explained() -> None:
    ours = {Reason.LOOP, Reason.MAX_FORWARDS, Reason.ONLY_IF_CACHED, *_OUR_OWN}
    assert set(EXPLAINED) == ours.union(failure.reason for failure in Failure)
