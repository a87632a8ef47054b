"""Remote children that belong to a sibling (rule 6): context injected before the call began."""

from analyzer.model.spans import Spans
from tests.builders import trace
from tests.repair.mending import Mended, mend

BY_HAND = ("handler 0-100", "handler/call 10-60", "handler/answer 20-50 in b")
ELSEWHERE = ("handler 0-100", "handler/call 10-60", "handler/answer 70-90 in b")


def run(*requests: tuple[str, ...]) -> Mended:
    """All the requests of a run."""
    return mend(Spans.concat([trace(*lines, trace_id=k) for k, lines in enumerate(requests, 1)]))


def test_a_remote_child_inside_a_sibling_belongs_to_it() -> None:
    done = run(BY_HAND)
    assert done.parents() == {"handler": "-", "call": "handler", "answer": "call"}
    assert done.own() == {"handler": 50, "call": 20, "answer": 30}
    assert done.tree.counts.adopted == 1


def test_it_belongs_to_the_smallest_of_several() -> None:
    done = run((*BY_HAND, "handler/outer 5-80"))
    assert done.parents()["answer"] == "call"


def test_a_sibling_that_calls_someone_itself_adopts_nobody() -> None:
    done = run((*BY_HAND, "call/other 12-14 in c"))
    assert done.parents()["answer"] == "handler"


def test_two_calls_in_one_handler_each_get_their_own_answer() -> None:
    done = run(
        (
            "handler 0-100",
            "handler/call1 10-40",
            "handler/call2 50-90",
            "handler/answer1 20-30 server in b",
            "handler/answer2 60-80 server in c",
        )
    )
    assert done.parents()["answer1"] == "call1"
    assert done.parents()["answer2"] == "call2"


def test_a_child_of_a_client_span_is_where_it_belongs() -> None:
    done = run(("A 0-100 client", "A/call 10-60", "A/answer 20-50 server in b"))
    assert done.parents()["answer"] == "A"


def test_it_must_be_so_in_nearly_all_calls_of_the_site() -> None:
    nine_of_ten = [BY_HAND] * 9 + [ELSEWHERE]
    assert run(*nine_of_ten).tree.counts.adopted == 9
    assert run(*nine_of_ten, ELSEWHERE).tree.counts.adopted == 0


def test_different_siblings_in_different_traces_are_no_evidence() -> None:
    other = ("handler 0-100", "handler/wait 10-60", "handler/answer 20-50 in b")
    assert run(*[BY_HAND] * 3, *[other] * 3).tree.counts.adopted == 0


def test_an_adopted_child_gives_its_callers_sibling_a_callee_on_another_clock() -> None:
    done = run(BY_HAND)
    assert done.tree.adopter.tolist() == [False, True, False]
    assert done.tree.remote.tolist() == [False, False, True]
