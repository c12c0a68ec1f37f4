"""A live session with a real recorder and a real worker in this process, and microphones for it.

The recorder and web's routes are served on loopback; packets travel over real ICE, DTLS and SRTP from aiortc. Rows can
also be written straight to the database, where what matters is only what a worker makes of them.
"""

import asyncio
import fractions
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import av
import numpy as np
from aiohttp import web
from aiohttp.test_utils import TestClient
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rtc_server.adapters.recorder_grant import Grants
from rtc_server.adapters.seal import SealKey
from rtc_server.api.call_log import CallLogRoutes, Records
from rtc_server.api.export import ExportRoutes
from rtc_server.api.legs import LegRoutes
from rtc_server.api.log_search import LogSearchRoutes, SearchRules
from rtc_server.api.transcript import TranscriptRoutes
from rtc_server.recorder import Limits
from rtc_server.recorder_app import Recorder, RecorderFace
from rtc_server.speech.captioning import CaptionPace
from rtc_server.speech.leg_packets import Packet, pack, unpack
from rtc_server.speech.listening import Detector
from rtc_server.store import transcripts
from rtc_server.store.database import now_ms
from rtc_server.store.schema import audio, consent, leg, session, transcript
from rtc_server.transcribe import Engine
from rtc_server.worker import Numbers, Worker
from tests import speech
from tests.accounts.house import House, Visitor, build_app, open_house, serve

GRANT_KEY = b"g" * 32
RATE = 48_000
FRAME = 960
MARK = speech.Voice("mark", "The river was very quiet this morning.", "en-gb", 40, 140)
SEARCH = SearchRules(sessions_max=3, seconds=60.0)
LIMITS = Limits(gap_s=1.0, redial_s=5.0, unreadable_s=2.0)


class Wire:
    """Stands where Redis does: keeps what was published."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    async def publish(self, message: bytes) -> None:
        self.messages.append(message)


class Microphone(MediaStreamTrack):
    """Plays samples in real time, then silence."""

    kind = "audio"

    def __init__(self, samples: np.ndarray) -> None:
        super().__init__()
        self._samples = samples
        self._sent = 0
        self._began_s = 0.0
        self.ended = asyncio.Event()

    async def recv(self) -> av.AudioFrame:
        self._began_s = self._began_s or time.monotonic()
        await asyncio.sleep(max(0.0, self._began_s + self._sent / RATE - time.monotonic()))
        part = self._samples[self._sent : self._sent + FRAME]
        if len(part) < FRAME:
            self.ended.set()
            part = np.concatenate([part, np.zeros(FRAME - len(part), np.int16)])
        frame = av.AudioFrame.from_ndarray(part[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._sent, fractions.Fraction(1, RATE)
        self._sent += FRAME
        return frame


class Page:
    """One person's browser as far as the recorder knows it."""

    def __init__(self, visitor: Visitor, session_id: str) -> None:
        self.visitor = visitor
        self.path = f"/api/sessions/{session_id}/leg"
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.location = ""

    async def offer(self, microphone: Microphone) -> str:
        self.peer.addTrack(microphone)
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return self.peer.localDescription.sdp

    async def dial(self, microphone: Microphone) -> None:
        status, answer = await self.post(await self.offer(microphone))
        assert status == 201, answer
        await self.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def post(self, offer: str | bytes) -> tuple[int, str]:
        headers = {"Origin": "http://talk.example", "Content-Type": "application/sdp"}
        headers["Cookie"] = f"__Host-sign-in={self.visitor.token}"
        async with self.visitor.http.post(self.path, data=offer, headers=headers) as response:
            self.location = response.headers.get("Location", "")
            return response.status, await response.text()

    async def hang_up(self) -> int:
        return (await self.visitor.ask("DELETE", self.location))[0]


@dataclass
class Studio:
    folder: Path
    house: House
    recorder: Recorder
    recorder_http: web.AppRunner
    http: "TestClient[web.Request, web.Application]"
    client_id: str
    therapist_id: str
    client_email: str
    therapist_email: str
    session_id: str
    key: SealKey
    engine: Engine
    detector: Detector
    wire: Wire = field(default_factory=Wire)

    @property
    def recorder_url(self) -> str:
        return f"http://127.0.0.1:{self.recorder_http.addresses[0][1]}"

    async def visitor(self, seat: str) -> Visitor:
        visitor = Visitor(self.http)
        await visitor.sign_in(self.client_email if seat == "client" else self.therapist_email)
        return visitor

    async def page(self, seat: str) -> Page:
        return Page(await self.visitor(seat), self.session_id)

    def worker(self, engine: Engine | None = None, lease_s: float = 60.0, pack_s: float = 18.0) -> Worker:
        numbers = Numbers(
            pack_s=pack_s,
            lease_s=lease_s,
            tries_max=3,
            poll_s=0.1,
            caption_pace=CaptionPace(span_s=2.5, late_s=60.0),
            caption_poll_s=0.1,
        )
        return Worker(self.house.store, self.house.keys, self.wire, engine or self.engine, self.detector, numbers)

    async def agree(self, person_id: str, is_given: bool) -> None:
        async def body(connection: AsyncConnection) -> None:
            await connection.execute(
                insert(consent).values(
                    session_id=self.session_id,
                    person_id=person_id,
                    purpose="transcript",
                    is_given=is_given,
                    text_version="1",
                    how="in_call",
                    at_ms=now_ms(),
                )
            )

        await self.house.store.write(body)

    async def end(self) -> None:
        async def body(connection: AsyncConnection) -> None:
            await connection.execute(
                update(session).where(session.c.id == self.session_id).values(ended_at_ms=now_ms())
            )
            await transcripts.finish_transcript(connection, self.session_id, now_ms())

        await self.house.store.write(body)

    async def legs(self) -> list[tuple[str, str, str]]:
        """Seat, state and reason of every leg, oldest first."""
        async with self.house.store.read() as connection:
            rows = await connection.execute(select(leg).order_by(leg.c.opened_at_ms))
            return [(row.seat, row.state, row.close_reason) for row in rows]

    async def audio_rows(self) -> int:
        async with self.house.store.read() as connection:
            return int((await connection.execute(select(func.count()).select_from(audio))).scalar_one())

    async def rows(self) -> list[list[Packet]]:
        """What the recorder has stored, opened."""
        async with self.house.store.read() as connection:
            rows = await connection.execute(select(audio).order_by(audio.c.leg_id, audio.c.seq))
            sealed = [(f"{row.leg_id}:{row.seq}", row.packets_sealed) for row in rows]
        return [unpack(self.key.open(packets, "audio", name, "packets_sealed")) for name, packets in sealed]

    async def packets_stored(self) -> int:
        return sum(len(row) for row in await self.rows())

    async def transcript_state(self) -> str:
        async with self.house.store.read() as connection:
            return str((await connection.execute(select(transcript.c.state))).scalar_one())

    async def view(self) -> dict[str, object]:
        status, body, _ = await (await self.visitor("therapist")).ask("GET", f"/api/sessions/{self.session_id}")
        assert status == 200, body
        return dict(body["value"])

    async def put_leg(self, leg_id: str, seat: str, rows: Sequence[Sequence[Packet] | bytes]) -> None:
        """A closed leg with these audio rows, as a recorder would have left it; bytes are stored as they are."""
        opened_ms = now_ms()
        stored, last_ms = [], 0
        for seq, row in enumerate(rows, 1):
            from_ms, to_ms = (last_ms, last_ms + 1_000) if isinstance(row, bytes) else (
                row[0].arrival_ms, row[-1].arrival_ms + 20
            )  # fmt: skip
            plain = row if isinstance(row, bytes) else pack(list(row))
            sealed = self.key.seal(plain, "audio", f"{leg_id}:{seq}", "packets_sealed")
            last_ms = to_ms
            stored.append({"leg_id": leg_id, "seq": seq, "from_ms": from_ms, "to_ms": to_ms, "packets_sealed": sealed})

        async def body(connection: AsyncConnection) -> None:
            await connection.execute(
                insert(leg).values(
                    id=leg_id,
                    session_id=self.session_id,
                    person_id=self.client_id if seat == "client" else self.therapist_id,
                    seat=seat,
                    state="closed",
                    close_reason="ended",
                    opened_at_ms=opened_ms,
                    closed_at_ms=opened_ms,
                    heard_to_ms=last_ms,
                )
            )
            await connection.execute(insert(audio), stored)

        await self.house.store.write(body)

    async def let_leases_run_out(self) -> None:
        async def body(connection: AsyncConnection) -> None:
            await connection.execute(update(transcript).values(lease_until_ms=0))

        await self.house.store.write(body)

    async def swap_seals(self, leg_id: str) -> None:
        """Give each row of a leg the sealed bytes of its neighbour."""

        async def body(connection: AsyncConnection) -> None:
            rows = list(await connection.execute(select(audio).where(audio.c.leg_id == leg_id)))
            for row, other in zip(rows, [*rows[1:], rows[0]], strict=True):
                await connection.execute(
                    update(audio)
                    .where(audio.c.leg_id == leg_id, audio.c.seq == row.seq)
                    .values(packets_sealed=other.packets_sealed)
                )

        await self.house.store.write(body)


@asynccontextmanager
async def open_studio(folder: Path, engine: Engine, detector: Detector) -> AsyncIterator[Studio]:
    """A session that is live now, with both consents."""
    async with open_house(folder) as house:
        client_id, client_email = await house.add("client", "Ada")
        therapist_id, therapist_email = await house.add("therapist", "Amara")
        session_id = await house.add_session(client_id, therapist_id, live_at_ms=now_ms())
        key = (await house.keys.key_of(client_id)).for_session(session_id)
        await house.store.write(transcripts.open_transcript, session_id, True, now_ms())
        wire = Wire()
        recorder = Recorder(house.store, wire, LIMITS, "")
        recorder_http = web.AppRunner(RecorderFace(recorder, Grants(GRANT_KEY)).app(), shutdown_timeout=0.1)
        await recorder_http.setup()
        await web.TCPSite(recorder_http, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{recorder_http.addresses[0][1]}"
        legs = LegRoutes(house.store, house.keys, wire, grant_key=GRANT_KEY, grant_s=30.0, recorder_url=url)

        async def publish(topic: str, subject_id: str, version: int) -> None:
            house.published.append((topic, subject_id, version))

        records = Records(house.store, house.keys, house.people)
        routes = {**legs.routes()}
        for part in (
            CallLogRoutes(records, publish, page=2),
            LogSearchRoutes(records, SEARCH),
            TranscriptRoutes(records, publish),
            ExportRoutes(records, ZoneInfo("Europe/London")),
        ):
            routes |= part.routes()
        http = await serve(build_app(house, instead=routes))
        ticking = asyncio.create_task(recorder.run(0.2))
        studio = Studio(
            folder, house, recorder, recorder_http, http,
            client_id, therapist_id, client_email, therapist_email, session_id,
            key, engine, detector, wire,
        )  # fmt: skip
        for person_id in (client_id, therapist_id):
            await studio.agree(person_id, True)
        try:
            yield studio
        finally:
            ticking.cancel()
            await recorder.close_all("draining")
            await legs.close()
            await http.close()
            await recorder_http.cleanup()


def opus(samples: np.ndarray) -> list[bytes]:
    """48 kHz samples as 20 ms Opus packets."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = RATE, "mono", "s16", 32_000
    out: list[bytes] = []
    for start in range(0, len(samples) - FRAME + 1, FRAME):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + FRAME], format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, start
        out += [bytes(packet) for packet in encoder.encode(frame)]
    return out


def packets(
    payloads: Sequence[bytes], *, arrival_ms: int = 0, seq: int = 65_530, rtp: int = 2**32 - 9_600
) -> list[Packet]:
    """As they would arrive without jitter; sequence and RTP time wrap soon after the beginning."""
    return [
        Packet((seq + index) % 2**16, (rtp + index * FRAME) % 2**32, arrival_ms + index * 20, payload)
        for index, payload in enumerate(payloads)
    ]


def in_rows(arrived: Sequence[Packet]) -> list[Sequence[Packet]]:
    return [arrived[start : start + 50] for start in range(0, len(arrived), 50)]


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE), np.int16)


def breath(seconds: float) -> np.ndarray:
    """Somebody who breathes close to the microphone, every four seconds: hissing that swells and fades."""
    swell = np.clip(np.sin(np.arange(int(seconds * RATE)) * 2 * np.pi / (4 * RATE)), 0, 1) ** 2
    hiss = noise(seconds, -32).astype(np.float64)
    return (np.convolve(hiss, np.ones(6) / 6, "same") * swell).round().astype(np.int16)


def noise(seconds: float, dbfs: float) -> np.ndarray:
    generator = np.random.default_rng(7)
    return (generator.standard_normal(int(seconds * RATE)) * 10 ** (dbfs / 20) * 32_768).round().astype(np.int16)


def said(view: dict[str, object], seat: str) -> str:
    """All words of one speaker, in order."""
    utterances = view["utterances"]
    assert isinstance(utterances, list)
    return " ".join(word["text"] for one in utterances if one["seat"] == seat for word in one["words"])
