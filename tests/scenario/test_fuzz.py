"""Anything at all on every event by every role: an answer with a declared code, never our own failure, and nobody
else notices. Invariants are checked when the cluster is looked over."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_core.errors import CodedError
from rtc_server import errors
from rtc_server.actors.people import Actor, new_id
from rtc_server.actors.wire import Refused
from rtc_server.protocol import CLIENT_EVENTS
from tests.conftest import IS_SOAK, Cast
from tests.scenario.story import in_call

EXAMPLES = 500 if IS_SOAK else 5

# What JSON can say beyond Python's own values, as it would stand on the wire.
ODD = [
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"1" + b"0" * 400,
    b"[" * 900 + b"]" * 900,
    b'{"":{}}',
    b'"\\ud800"',
    b'"\\u0000"',
]


def _codes(parent: type[CodedError] = CodedError) -> Iterator[str]:
    for child in parent.__subclasses__():
        yield child.code
        yield from _codes(child)


assert errors.LiveError in CodedError.__subclasses__()
DECLARED = frozenset(_codes()) - {"lost_race", "seal_broken"}

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
) | st.sampled_from(ODD).map(msgspec.Raw)


def nearly(event: str, known: list[str]) -> st.SearchStrategy[Any]:
    """A body with the declared fields, some of them missing, wrong or somebody else's."""
    ids = st.sampled_from([*known, new_id()])
    texts = st.text(max_size=60) | st.sampled_from(["mind", "en", "none", "x" * 4_001])
    signal = st.fixed_dictionaries(
        {"kind": st.sampled_from(["description", "candidate"])},
        optional={"type": st.just("offer"), "sdp": texts, "candidate": texts, "mid": texts, "line": st.integers()},
    )
    value = ids | ids | st.booleans() | st.integers(-1, 3) | texts | signal | anything
    names = [field.encode_name for field in msgspec.structs.fields(CLIENT_EVENTS[event].body)]
    fields = {name: ids if name in ("id", "session_id", "page_id", "key") else value for name in names}
    broken = st.dictionaries(st.sampled_from([*names, "role", "person_id"]), value | anything, max_size=2)
    return st.tuples(st.fixed_dictionaries({}, optional=fields), broken).map(lambda parts: {**parts[0], **parts[1]})


async def answered(actor: Actor, event: str, body: object) -> None:
    try:
        await actor.emit_raw(event, body)
    except Refused as refusal:
        assert refusal.code in DECLARED, f"{event} was answered {refusal.code}"


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
async def test_whatever_is_sent_on_any_event_by_any_role_is_answered_with_a_declared_code(
    people: tuple[list[Actor], Actor, list[str]], data: st.DataObject
) -> None:
    actors, bystander, known = people
    for event in sorted(CLIENT_EVENTS):
        body = data.draw(nearly(event, known) | nearly(event, known) | anything, label=event)
        for actor in actors:
            await answered(actor, event, body)
            assert actor.is_connected
    assert bystander.is_connected and await bystander.current() is None


@pytest.fixture
async def people(cast: Cast) -> tuple[list[Actor], Actor, list[str]]:
    """A pair in a call and a free pair, somebody who only waits and watches, and the ids that the pairs know."""
    client, therapist = await cast.client(), await cast.therapist(1)
    session_id = await in_call(client, therapist)
    actors: list[Actor] = [client, therapist, await cast.client(1), await cast.therapist(0)]
    assert client.request is not None
    return actors, await cast.client(), [session_id, client.request.id, *(actor.page_id for actor in actors)]
