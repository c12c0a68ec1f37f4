"""Many recorder legs at once against a real recorder process, without web: rows and grants as web would make them.

Packets are encoded beforehand and sent by aiortc, on time, over ICE, DTLS and SRTP. What each leg sent is remembered by
sequence number, so that a test can say of each packet what became of it.
"""

import asyncio
import random
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fractions import Fraction

import aiohttp
import av
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.key_file import load_ring
from rtc_server.adapters.recorder_grant import PURPOSE, Grant, sign
from rtc_server.adapters.seal import KeyStore
from rtc_server.config import load
from rtc_server.speech.leg_packets import unpack
from rtc_server.store import legs, transcripts
from rtc_server.store.database import Store, now_ms
from rtc_server.store.schema import audio, consent, leg, session
from tests.cluster import Cluster
from tests.eventually import eventually

FRAME_S, FRAME = 0.02, 960
OPENED_S = 30.0


class Encoded(MediaStreamTrack):
    """Plays Opus packets again and again, in real time unless one is to be sent each `frame_s`."""

    kind = "audio"

    def __init__(self, payloads: Sequence[bytes], frame_s: float = FRAME_S) -> None:
        super().__init__()
        self._payloads = payloads
        self._frame_s = frame_s
        self._next = 0
        self._began_s = 0.0

    async def recv(self) -> av.Packet:
        self._began_s = self._began_s or time.monotonic()
        await asyncio.sleep(self._began_s + self._next * self._frame_s - time.monotonic())
        packet = av.Packet(self._payloads[self._next % len(self._payloads)])
        packet.pts, packet.time_base = self._next * FRAME, Fraction(1, 48_000)
        self._next += 1
        return packet


class Way:
    """The way from a sender to the network: what was sent on it, and what it loses or swaps."""

    def __init__(self, transport: object, share: float, seed: int) -> None:
        self.sent: list[int] = []
        self.lost = 0
        self._share = share
        self._dice = random.Random(seed)
        self._held: bytes | None = None
        self._send = transport._send_rtp  # type: ignore[attr-defined]
        transport._send_rtp = self.send  # type: ignore[attr-defined]

    async def send(self, data: bytes) -> None:
        if 192 <= data[1] <= 223:  # RTCP (RFC 5761)
            return await self._send(data)
        if self._dice.random() < self._share:
            self.lost += 1
            return None
        self.sent.append(int.from_bytes(data[2:4], "big"))
        if self._held is None and self._dice.random() < self._share:
            self._held = data
            return None
        await self._send(data)
        if self._held is not None:
            held, self._held = self._held, None
            await self._send(held)
        return None


@dataclass
class Sending:
    leg_id: str
    session_id: str
    client_id: str
    peer: RTCPeerConnection
    way: Way


@dataclass
class Switchboard:
    """Opens legs at the cluster's recorder and reads what it stored."""

    cluster: Cluster
    store: Store
    keys: KeyStore
    grant_key: bytes
    http: aiohttp.ClientSession
    sending: list[Sending] = field(default_factory=list)

    async def open(self, client_id: str, therapist_id: str, payloads: Sequence[bytes], *, bad: float = 0.0) -> Sending:
        """A leg that sends `payloads` for ever; `bad` is the share of packets lost, and as many again swapped."""
        session_id, leg_id = str(uuid.uuid4()), str(uuid.uuid4())
        await self.store.write(agreed_session, session_id, {client_id: leg_id}, client_id, therapist_id, now_ms())
        key = (await self.keys.key_of(client_id)).for_session(session_id)
        expires_ms = now_ms() + 60_000
        grant = Grant("open", leg_id, session_id, client_id, "client", expires_ms, key.export())
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        sender = peer.addTrack(Encoded(payloads))
        await peer.setLocalDescription(await peer.createOffer())
        way = Way(sender.transport, bad, len(self.sending))
        headers = {"Authorization": f"Bearer {sign(self.grant_key, grant)}", "Content-Type": "application/sdp"}
        url = f"http://127.0.0.1:{self.cluster.recorder_port}/legs"
        async with self.http.post(url, data=peer.localDescription.sdp, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            await peer.setRemoteDescription(RTCSessionDescription(await answer.text(), "answer"))
        self.sending.append(Sending(leg_id, session_id, client_id, peer, way))
        return self.sending[-1]

    async def all_record(self) -> None:
        wanted = {one.leg_id for one in self.sending}

        async def are_recording() -> bool:
            async with self.store.read() as connection:
                found = await connection.execute(select(leg.c.id).where(leg.c.state == "recording"))
                return wanted <= set(found.scalars())

        await eventually(are_recording, OPENED_S, f"{len(wanted)} legs record")

    async def end(self, *ended: Sending) -> None:
        """The sessions are over: the recorder closes the legs by itself."""
        for one in ended:
            await self.store.write(end_session, one.session_id)
        wanted = {one.leg_id for one in ended}

        async def are_closed() -> bool:
            async with self.store.read() as connection:
                found = await connection.execute(select(leg.c.id).where(leg.c.state == "closed"))
                return wanted <= set(found.scalars())

        await eventually(are_closed, OPENED_S, f"{len(wanted)} legs are closed")
        for one in ended:
            await one.peer.close()
            self.sending.remove(one)

    async def end_all(self) -> list[Sending]:
        """Returns what has ended."""
        ended = list(self.sending)
        await self.end(*ended)
        return ended

    async def stored(self, one: Sending) -> list[int]:
        """Sequence numbers of the packets that stand in the database, as they arrived."""
        key = (await self.keys.key_of(one.client_id)).for_session(one.session_id)
        async with self.store.read() as connection:
            query = select(audio).where(audio.c.leg_id == one.leg_id).order_by(audio.c.seq)
            rows = [(f"{row.leg_id}:{row.seq}", row.packets_sealed) for row in await connection.execute(query)]
        opened = (unpack(key.open(sealed, "audio", place, "packets_sealed")) for place, sealed in rows)
        return [packet.seq for row in opened for packet in row]

    async def lacking(self, one: Sending) -> int:
        """How many were sent since the recorder was there, before the last one it stored, and are not stored."""
        sent, stored = one.way.sent, await self.stored(one)
        return len(set(sent[sent.index(stored[0]) : sent.index(stored[-1])]) - set(stored))

    async def packets(self) -> int:
        """Counted by the recorder, of all legs that there ever were."""
        async with self.store.read() as connection:
            return sum((await connection.execute(select(leg.c.packets))).scalars())


async def agreed_session(
    connection: AsyncConnection,
    session_id: str,
    leg_ids: Mapping[str, str],
    client_id: str,
    therapist_id: str,
    live_at_ms: int,
) -> None:
    """A live session, both its consents, and legs, by their people, that are about to open."""
    at_ms = now_ms()
    people = {"client_id": client_id, "therapist_id": therapist_id}
    times = dict.fromkeys(("created_at_ms", "agreed_at_ms", "live_at_ms"), live_at_ms)
    facts = {"kind": "quick", "area": "mind", "language": "en", "is_chat_only": False, "price_pence": 0}
    row = {"id": session_id, "version": 1, "link": 1, **people, **times, **facts}
    await connection.execute(insert(session).values(**row))
    for person_id in people.values():
        given = {"purpose": "transcript", "is_given": True, "text_version": "1", "how": "yes", "at_ms": at_ms}
        await connection.execute(insert(consent).values(session_id=session_id, person_id=person_id, **given))
    await transcripts.open_transcript(connection, session_id, True, at_ms)
    for person_id, leg_id in leg_ids.items():
        await legs.open_leg(connection, leg_id, session_id, person_id, at_ms)


async def end_session(connection: AsyncConnection, session_id: str) -> None:
    await connection.execute(update(session).where(session.c.id == session_id).values(ended_at_ms=now_ms()))
    await transcripts.finish_transcript(connection, session_id, now_ms())


@asynccontextmanager
async def switchboard(cluster: Cluster) -> AsyncIterator[Switchboard]:
    settings = load(cluster.environment())
    ring = load_ring(settings)
    store, key_store = Store(settings.resolved_database_url()), Store(settings.resolved_key_database_url())
    async with aiohttp.ClientSession() as http:
        board = Switchboard(cluster, store, KeyStore(key_store, ring), ring.derive(PURPOSE), http)
        try:
            yield board
        finally:
            await asyncio.gather(*(one.peer.close() for one in board.sending))
            await store.close()
            await key_store.close()
