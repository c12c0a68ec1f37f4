"""How long after hang-up a transcript is complete, and what a call costs the worker.

By the packaged tiny model, or by that of WHISPER_MODEL; with QC_SOAK=1 a call of 50 minutes, which takes a few itself.
The call's first minutes are laid down at once, as a recorder would have left them, and are worked through before the
clock starts; its last half minute comes second by second, as it is spoken, while the worker follows.
"""

import asyncio
import os
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.redis_store import RedisStore
from rtc_server.speech.leg_packets import AudioRow, Packet, pack
from rtc_server.store import legs
from rtc_server.store.database import now_ms
from rtc_server.store.legs import LegReport
from rtc_server.store.schema import leg, session, transcript
from rtc_server.wire.types import Changed, encoder
from tests import speech
from tests.bench.report import Row
from tests.cluster import Cluster
from tests.conftest import IS_SOAK
from tests.eventually import eventually
from tests.legs import Switchboard, agreed_session, end_session, switchboard
from tests.proc import processor_s
from tests.transcripts.studio import opus, silence

CALL_S, LIVE_S = 3_000 if IS_SOAK else 300, 30
A_SECOND = 50  # packets
MODEL = os.environ.get("WHISPER_MODEL", "")
LATE_S_MAX, CORES_MAX = 3.0, 0.06

# Long enough that no packed segment holds the same words twice: that would look like a loop and be heard again.
SAYS = replace(
    speech.CLIENT,
    text=speech.CLIENT_TEXT
    + " On Sunday my neighbour knocked, and I did not open the door. Afterwards I was ashamed of it for two days. "
    "At work they think that I am tired, because I told them so. My mother rings every evening and asks what I have "
    "eaten. I say soup, whatever it was. Yesterday I took the bus to the river and stood there until it was dark. "
    "It was cold, but for the first time in weeks I could hear the birds and not only my own head.",
)
ANSWERS = replace(
    speech.THERAPIST,
    text=speech.THERAPIST_TEXT
    + " You have just described how you went out alone and stayed. What made it possible to stay that long? "
    "I wonder whether the river is a place where nobody asks you anything. Let us keep that in mind. "
    "When your neighbour comes again, you might open the door for one minute and say that you are not well. "
    "Please write down three moments each day when the evening felt shorter, and bring the page with you on Thursday.",
)


async def after_hang_up(cluster: Cluster) -> Row:
    """One call, two people who speak by turns."""
    voices = [speech.speak(voice) for voice in (SAYS, ANSWERS)]
    rounds = [np.concatenate([voices[0], silence(len(voices[1]) / speech.RATE)])]
    rounds += [np.concatenate([silence(len(voices[0]) / speech.RATE), voices[1]])]
    tracks = [opus(one) for one in rounds]
    async with switchboard(cluster) as board:
        client_id, therapist_id = (next(p.id for p in cluster.people if p.role == r) for r in ("client", "therapist"))
        session_id = str(uuid.uuid4())
        live_at_ms = now_ms() - (CALL_S - LIVE_S) * 1_000
        leg_ids = {person_id: str(uuid.uuid4()) for person_id in (client_id, therapist_id)}
        await board.store.write(agreed_session, session_id, leg_ids, client_id, therapist_id, live_at_ms)
        call = Call(board, session_id, client_id, list(leg_ids.values()), tracks)
        for second in range(CALL_S - LIVE_S):
            await call.speak(second)
        cluster.start("worker")
        await eventually(lambda: call.is_followed(CALL_S - LIVE_S - 60), 3_600, "the worker has caught up")
        # Working through the beginning has taken its time: the call goes on from where it was laid down to.
        live_at_ms = now_ms() - (CALL_S - LIVE_S) * 1_000
        await board.store.write(goes_on_from, session_id, live_at_ms)
        for second in range(CALL_S - LIVE_S, CALL_S):
            await asyncio.sleep(live_at_ms / 1_000 + second + 1 - time.time())
            await call.speak(second)
        late_s = await call.hang_up(cluster)
    cores = processor_s(cluster.pid("worker")) / CALL_S
    return Row(
        f"transcript complete after hang-up of a call of {CALL_S // 60} minutes, {Path(MODEL).name or 'tiny.en'} int8",
        {"after hang-up, s": late_s, "% of a core for one call": 100 * cores},
        "s",
        f"≤ {LATE_S_MAX:.0f} s at ≤ {100 * CORES_MAX:.0f} % of a core (for base int8)",
        late_s <= LATE_S_MAX and cores <= CORES_MAX,
    )


async def goes_on_from(connection: AsyncConnection, session_id: str, live_at_ms: int) -> None:
    await connection.execute(update(session).where(session.c.id == session_id).values(live_at_ms=live_at_ms))


class Call:
    def __init__(
        self,
        board: Switchboard,
        session_id: str,
        client_id: str,
        leg_ids: Sequence[str],
        tracks: Sequence[Sequence[bytes]],
    ) -> None:
        self._board = board
        self._session_id = session_id
        self._client_id = client_id
        self._legs = list(zip(leg_ids, ("client", "therapist"), tracks, strict=True))

    async def speak(self, second: int) -> None:
        """What both legs would store for this second of the call."""
        key = (await self._board.keys.key_of(self._client_id)).for_session(self._session_id)
        reports = []
        for leg_id, seat, track in self._legs:
            numbers = range(second * A_SECOND, (second + 1) * A_SECOND)
            packets = [Packet(n % 2**16, n * 960 % 2**32, n * 20, track[n % len(track)]) for n in numbers]
            to_ms = packets[-1].arrival_ms + 20
            sealed = key.seal(pack(packets), "audio", f"{leg_id}:{second + 1}", "packets_sealed")
            row = AudioRow(leg_id, second + 1, packets[0].arrival_ms, to_ms, sealed)
            reports.append(LegReport(leg_id, self._session_id, seat, numbers.stop, 0, to_ms, row, None, ""))
        await self._board.store.write(legs.save, reports, now_ms())

    async def is_followed(self, to_s: int) -> bool:
        async with self._board.store.read() as connection:
            reached = await connection.execute(select(leg.c.transcribed_to_ms))
            return min(reached.scalars()) >= to_s * 1_000

    async def hang_up(self, cluster: Cluster) -> float:
        """Seconds until the transcript is complete."""
        redis = RedisStore(cluster.redis_url, connect_s=1.0, command_s=1.0)
        ended_s = time.monotonic()
        await self._board.store.write(end_session, self._session_id)
        for leg_id, _, _ in self._legs:
            await self._board.store.write(legs.close_leg, leg_id, "ended", now_ms())
        await redis.publish(encoder.encode(Changed("transcript", self._session_id, now_ms())))

        async def is_ready() -> bool:
            async with self._board.store.read() as connection:
                return (await connection.execute(select(transcript.c.state))).scalar_one() == "ready"

        await eventually(is_ready, 120, "the transcript")
        await redis.close()
        return time.monotonic() - ended_s
