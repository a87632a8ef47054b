"""What names mean, and what is said where they mean nothing or too much."""

import numpy as np
import pytest

from analyzer.attribution.contributions import Cells, Entity, EntityKind
from analyzer.errors import InputError
from analyzer.ranking.owners import find_owners
from analyzer.ranking.targets import Names

SELF, HOP, INFERRED = EntityKind.SELF, EntityKind.HOP, EntityKind.INFERRED
ENTITIES = (
    Entity(SELF, "cart", "GET /cart"),
    Entity(SELF, "cart", "refresh"),
    Entity(SELF, "payment", "refresh"),
    Entity(SELF, "payment", "pay"),
    Entity(HOP, "cart", "GET", callee="payment", peer="payment"),
    Entity(HOP, "cart", "GET", callee="stock:v2", peer="stock"),
    Entity(INFERRED, "cart", "SELECT", peer="sqlite"),
    Entity(SELF, "stock:v2", "GET /stock"),
)


def names() -> Names:
    n = len(ENTITIES)
    ones = np.ones(n, np.int32)
    cells = Cells(
        offset=np.array([0, n], np.int64),
        entity=np.arange(n, dtype=np.int32),
        own_ns=np.ones(n, np.int64),
        spans=ones,
        entries=ones,
        errors=ones,
        entry_errors=ones,
    )
    return Names(ENTITIES, find_owners(ENTITIES, cells))


@pytest.mark.parametrize(
    ("text", "label", "rows"),
    [
        ("payment", "payment", [2, 3]),
        (" sqlite ", "sqlite", [6]),
        ("cart -> payment", "cart -> payment", [4]),
        ("cart→stock:v2", "cart -> stock:v2", [5]),
        ("pay", "payment: pay", [3]),
        ("cart: refresh", "cart: refresh", [1]),
        ("cart:  GET", "cart: GET", [4, 5]),
        ("SELECT", "cart: SELECT", [6]),
    ],
)
def test_a_name_means_the_time_that_is_its_own(text: str, label: str, rows: list[int]) -> None:
    found = names().target(text)
    assert found.label == label
    assert np.flatnonzero(found.entities).tolist() == rows


def test_an_operation_of_two_services_must_be_told_apart() -> None:
    with pytest.raises(InputError, match="2 services have an operation 'refresh'") as error:
        names().target("refresh")
    assert error.value.hint == "say which one: cart: refresh, payment: refresh"


@pytest.mark.parametrize(
    ("text", "suggests"), [("paymnet", "payment"), ("cart -> payments", "cart -> payment")]
)
def test_an_unknown_name_is_answered_by_close_ones(text: str, suggests: str) -> None:
    with pytest.raises(InputError, match="there is no service, hop or operation") as error:
        names().target(text)
    assert suggests in error.value.hint


def test_calls_side_by_side_are_those_to_services_and_inferred_callees() -> None:
    chosen = names().side_by_side("cart: payment,sqlite")
    assert np.flatnonzero(chosen.hosts).tolist() == [0, 1]
    assert np.flatnonzero(chosen.calls).tolist() == [4, 6]
    assert names().group_of([chosen]).tolist() == [0, 0, 0, 0, 1, -1, 1, 0]


def test_a_callee_may_have_a_colon_in_its_name() -> None:
    assert np.flatnonzero(names().side_by_side("cart:stock:v2").calls).tolist() == [5]


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("cart: stock", "cart does not call 'stock'", "it calls payment, sqlite, stock:v2"),
        ("cart:", "cart does not call ''", "it calls payment"),
        ("payment: cart", "does not begin with a service that calls others", "services are cart"),
        ("cart", "does not begin with a service", "SERVICE: CALLEE"),
    ],
)
def test_who_calls_whom_is_said_where_the_names_are_wrong(text: str, says: str, hint: str) -> None:
    with pytest.raises(InputError, match=says) as error:
        names().side_by_side(text)
    assert hint in error.value.hint
