"""Who owns a call's time, as the whole run knows it."""

from analyzer.attribution.contributions import Contributions, EntityKind
from analyzer.ranking.owners import HopOwner, Owners, ServiceOwner, find_owners
from tests.pipeline.written import contributions_of

ANSWERED = """
    web: GET / (server) 0-100
      web: GET prices (client) 10-90 -> prices.local
        pricing: GET prices (server) 20-80
"""
UNANSWERED = """
    web: GET / (server) 0-100
      web: GET prices (client) 10-90 -> prices.local
"""
DATABASE = """
    web: GET / (server) 0-100
      web: SELECT (client) 10-90 -> db
"""
UNNAMED = """
    web: GET / (server) 0-100
      web: call (client) 10-90
"""


def owners_of(found: Contributions) -> Owners:
    return find_owners(found.entities, found.cells)


def test_an_answered_call_is_a_hop_with_both_ends() -> None:
    owners = owners_of(contributions_of(ANSWERED))
    assert owners.hops == (HopOwner(caller="web", callee="pricing"),)
    assert owners.services == (
        ServiceOwner(service="pricing", inferred=False),
        ServiceOwner(service="web", inferred=False),
    )


def test_a_call_that_nobody_ever_answers_is_an_inferred_service() -> None:
    owners = owners_of(contributions_of(DATABASE))
    assert owners.hops == ()
    assert ServiceOwner(service="db", inferred=True) in owners.services


def test_a_callee_without_any_name_is_named_by_its_caller() -> None:
    owners = owners_of(contributions_of(UNNAMED))
    assert ServiceOwner(service="unnamed peer of web", inferred=True) in owners.services


def test_a_lost_answer_is_a_hop_to_whom_that_peer_turned_out_to_be() -> None:
    owners = owners_of(contributions_of(ANSWERED, UNANSWERED))
    assert owners.hops == (HopOwner(caller="web", callee="pricing"),)
    assert not any(o.inferred for o in owners.services)


def test_a_peer_that_has_the_name_of_a_service_is_that_service() -> None:
    by_name = UNANSWERED.replace("prices.local", "pricing")
    alone = "pricing: warm up (internal) 0-10"
    owners = owners_of(contributions_of(by_name, alone))
    assert owners.hops == (HopOwner(caller="web", callee="pricing"),)
    assert not any(o.inferred for o in owners.services)


def test_the_service_that_answers_most_calls_of_a_peer_gets_those_without_answer() -> None:
    rarely = ANSWERED.replace("pricing:", "canary:")
    found = contributions_of(ANSWERED, ANSWERED, rarely, UNANSWERED)
    owners = owners_of(found)
    assert [hop.callee for hop in owners.hops] == ["canary", "pricing"]
    unanswered = [i for i, e in enumerate(found.entities) if e.kind is EntityKind.INFERRED]
    assert [owners.owner(int(owners.of[i])) for i in unanswered] == [
        HopOwner(caller="web", callee="pricing")
    ]


def test_operations_of_calls_name_whom_they_call() -> None:
    owners = owners_of(contributions_of(ANSWERED, DATABASE))
    named = {(o.service, o.operation, o.callee) for o in owners.operations}
    assert named == {
        ("web", "GET /", ""),
        ("web", "GET prices", "pricing"),
        ("web", "SELECT", "db"),
        ("pricing", "GET prices", ""),
    }
