"""The web process: composes everything of the live path, runs its long-lived tasks, drains and ends.

The only place that wires. Easy to break: long-lived tasks are started here and nowhere else, each in its own loop
that logs and goes on, so that one bad row never stops the sweeping.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from booking_core.people import People
from rtc_server.adapters import key_file, lan, recorder_grant, turn
from rtc_server.adapters.embedded_redis import redis_url
from rtc_server.adapters.payments import processor_of
from rtc_server.adapters.redis_store import RedisStore
from rtc_server.adapters.seal import KeyRing, KeyStore
from rtc_server.adapters.signal_bus import SignalBus
from rtc_server.api import Door, Resource, build_api, secure
from rtc_server.api.call_log import CallLogRoutes, Records
from rtc_server.api.export import ExportRoutes
from rtc_server.api.feedback import FeedbackApi
from rtc_server.api.legs import LegRoutes, RecorderWatch
from rtc_server.api.log_search import LogSearchRoutes, SearchRules
from rtc_server.api.messages import MessagesApi
from rtc_server.api.money import Money, money_of
from rtc_server.api.notices import NoticesApi
from rtc_server.api.outbox import OutboxApi
from rtc_server.api.quality import QualityApi
from rtc_server.api.transcript import TranscriptRoutes
from rtc_server.auth import Auth
from rtc_server.booked.resources import booking_resources, booking_story
from rtc_server.config import CannotStart, Settings
from rtc_server.conversations import Conversations
from rtc_server.conversations import rules_of as conversation_rules
from rtc_server.errors import StorageRefused
from rtc_server.events.operator import OperatorEvents
from rtc_server.events.pool import PoolEvents
from rtc_server.events.rehearsal import RehearsalEvents
from rtc_server.events.room import RoomEvents, SignalRules
from rtc_server.fanout import Fanout
from rtc_server.limits import ClientAddress, Rates, own_origins, runner_options
from rtc_server.outgoing import alert_story
from rtc_server.people.resources import auth_of, people_routes
from rtc_server.plain_routes import add_documents, add_plain_routes, metrics, watch_numbers
from rtc_server.pool import Limits
from rtc_server.presence import Presence, PresenceRules
from rtc_server.rehearsal.story import RehearsalRules, RehearsalStory
from rtc_server.room import RoomLimits
from rtc_server.room_story import RoomRules, RoomStory
from rtc_server.socket_api import Events, SocketApi, SocketRules
from rtc_server.socket_server import collect_seldom, make_server
from rtc_server.store.audit import Trail
from rtc_server.store.database import Store
from rtc_server.store.migrate import check_revision
from rtc_server.story import PoolRules, Story
from rtc_server.views import Views
from rtc_server.waiting.fairness import Fairness
from rtc_server.waiting.live_queue import LiveQueue
from rtc_server.waiting.story import WaitingStory, waiting_rules
from rtc_server.waiting.told import Waits, waits_rules

log = logging.getLogger(__name__)

SIGN_IN_CHECK_S = 60.0  # how often a socket's sign-in is looked at, which also counts as use while it must
# Connections that wait to be let in: after a restart every page comes back within a second, and to those beyond this
# the kernel gives no answer. Its own limit (net.core.somaxconn, 4096 since Linux 5.4) holds besides.
BACKLOG = 4_096


@dataclass
class Web:
    """One web process's parts."""

    settings: Settings
    store: Store
    keys: KeyStore
    redis: RedisStore
    waiting: WaitingStory
    queue: LiveQueue
    fanout: Fanout
    presence: Presence
    sockets: SocketApi
    room_events: RoomEvents
    watch: RecorderWatch
    legs: LegRoutes
    money: Money
    app: web.Application

    async def close(self) -> None:
        await self.fanout.fairness.flush()
        await self.legs.close()
        await self.room_events.ice_servers.close()
        await self.money.close()
        await self.redis.close()
        await self.store.close()
        await self.keys.store.close()


def room_rules(settings: Settings) -> RoomRules:
    limits = RoomLimits(
        length_s=settings.session_length_s,
        grace_s=settings.session_grace_s,
        empty_s=settings.room_empty_s,
        left_s=settings.room_left_s,
        hint_s=settings.room_rejoin_hint_s,
    )
    request_limits = Limits(
        wait_s=settings.request_wait_s,
        answer_s=settings.request_answer_s,
        join_s=settings.request_join_s,
        length_s=settings.session_length_s + settings.session_grace_s,
    )
    return RoomRules(
        limits,
        request_limits,
        settings.billable_min_s,
        settings.pending_hold_s,
        alert_story.rules_of(settings),
        settings.no_show_after_s,
        settings.outcome_wait_s,
    )


def compose(settings: Settings) -> Web:
    """Wire one web process; opens nothing yet. Raises BadSetting."""
    ring = key_file.load_ring(settings)
    store = Store(settings.resolved_database_url(), busy_s=settings.sqlite_busy_s)
    keys = KeyStore(Store(settings.resolved_key_database_url(), busy_s=settings.sqlite_busy_s), ring)
    people = People(store, keys, ring.derive("email"))
    redis = RedisStore(redis_url(settings), connect_s=settings.redis_connect_s, command_s=settings.redis_command_s)
    rules = room_rules(settings)
    server = make_server(settings.socket_ping_s, settings.message_bytes_max, settings.socket_backlog_bytes_max)
    waits = Waits(store, people, waits_rules(settings))
    ice_servers = turn.ice_servers(settings)
    views = Views(store, keys, people, waits, rules.limits, has_relay=ice_servers.has_relay)
    fanout = _fanout(settings, store, redis, views)
    story = Story(store, keys, redis, fanout, _pool_rules(settings), rules)
    audit_key = ring.derive("audit")
    room_story = RoomStory(store, keys, fanout, rules, audit_key)
    rehearsals = RehearsalStory(store, fanout.publish, RehearsalRules(settings.rehearsal_claim_s))
    waiting = WaitingStory(store, keys, people, fanout, story, waiting_rules(settings, audit_key))
    queue = LiveQueue(store, keys, people, fanout, area_first_s=settings.area_first_s, time_zone=settings.time_zone)
    bookings = booking_story(settings, store, keys, people, fanout, rules)
    watched = _presence_rules(settings)
    presence = Presence(store, redis, fanout, story, waiting, room_story, rehearsals, bookings, watched)
    auth = auth_of(settings, store, keys, people, fanout.publish)
    origins, address = _origins(settings), ClientAddress(settings.trusted_proxies)
    bus = SignalBus(redis, ring.derive("signals"))
    room_events = RoomEvents(fanout, presence, story, room_story, bus, ice_servers, _signal_rules(settings))
    pool_events, operator_events = PoolEvents(fanout, presence, story, waiting), OperatorEvents(queue, waiting)
    events: list[Events] = [pool_events, room_events, RehearsalEvents(fanout, rehearsals), operator_events]
    sockets = SocketApi(server, auth, fanout, presence, room_story, events, _socket_rules(settings, origins, address))
    fanout.on_sign_out = sockets.close_sign_in
    auth.on_sign_out.append(lambda viewer: sockets.close_sign_in(viewer.token_hash))
    legs = _legs(settings, store, keys, redis, ring)
    watch = RecorderWatch(store, redis, recorder_url=settings.resolved_recorder_url())
    money = money_of(settings, store, keys, people, processor_of(settings))
    app = web.Application(client_max_size=settings.message_bytes_max)
    parts = Web(
        settings, store, keys, redis, waiting, queue, fanout, presence, sockets, room_events, watch, legs, money, app
    )
    outbox = OutboxApi(store, keys, people, settings)
    resources: list[Resource] = [
        *people_routes(settings, store, keys, people, auth, waits, fanout.publish, has_relay=ice_servers.has_relay),
        *money.resources,
        FeedbackApi(store, keys, people),
        outbox,
        NoticesApi(store, people),
        MessagesApi(Conversations(store, keys, people, fanout, conversation_rules(settings))),
        *_call_log(settings, Records(store, keys, people), fanout),
        *booking_resources(settings, store, keys, people, bookings, fanout, rules),
        *(QualityApi(store, ice_servers, check_s=settings.check_s), legs),
    ]
    api = build_api(_door(settings, auth, origins, address, Trail(store, audit_key)), resources)
    if not settings.is_production:
        add_documents(api, "")
    app.add_subapp("/api/", api)
    server.attach(app)
    outbox.add_reports(app)
    money.top_ups.add_reports(app)
    add_plain_routes(app, store, sockets, presence, watch, settings)
    secure(app, origins, is_https=_is_https_for_good(settings))
    return parts


def _origins(settings: Settings) -> frozenset[str]:
    names = lan.names_of(Path(settings.tls_file)) if settings.tls_file else []
    url = settings.resolved_public_url()
    return own_origins(url, settings.port, is_production=settings.is_production, tls_names=names)


def _is_https_for_good(settings: Settings) -> bool:
    """Not under the certificate of `run --lan`: a browser that trusts it would refuse plain localhost for a year."""
    is_https = settings.resolved_public_url().startswith("https://")
    return is_https and (settings.is_production or not settings.tls_file)


def _pool_rules(settings: Settings) -> PoolRules:
    return PoolRules(
        own_first_s=settings.own_first_s,
        area_first_s=settings.area_first_s,
        prompt_after_s=settings.prompt_after_s,
        reservation_s=settings.reservation_s,
        failpoint=settings.failpoint,
        time_zone=settings.time_zone,
    )


def _fanout(settings: Settings, store: Store, redis: RedisStore, views: Views) -> Fanout:
    return Fanout(
        store,
        redis,
        views,
        Fairness(store),
        area_first_s=settings.area_first_s,
        cards_max=settings.pool_cards_max,
        places_pushed=settings.places_pushed,
    )


def _call_log(settings: Settings, records: Records, fanout: Fanout) -> list[Resource]:
    rules = SearchRules(settings.search_sessions_max, settings.search_s)
    return [
        CallLogRoutes(records, fanout.publish, page=settings.call_log_page),
        LogSearchRoutes(records, rules),
        TranscriptRoutes(records, fanout.publish),
        ExportRoutes(records, ZoneInfo(settings.time_zone)),
    ]


def _legs(settings: Settings, store: Store, keys: KeyStore, redis: RedisStore, ring: KeyRing) -> LegRoutes:
    return LegRoutes(
        store,
        keys,
        redis,
        grant_key=ring.derive(recorder_grant.PURPOSE),
        grant_s=settings.leg_grant_s,
        recorder_url=settings.resolved_recorder_url(),
    )


def _door(settings: Settings, auth: Auth, origins: frozenset[str], address: ClientAddress, trail: Trail) -> Door:
    return Door(
        auth,
        origins,
        address,
        Rates(settings.messages_per_minute, settings.messages_burst),
        Rates(settings.sockets_per_minute_address, settings.sockets_per_minute_address),
        settings.message_bytes_max,
        settings.body_s,
        trail,
        settings.file_bytes_max,
        settings.file_s,
    )


def _presence_rules(settings: Settings) -> PresenceRules:
    return PresenceRules(
        lease_s=settings.lease_s,
        observe_s=settings.observe_s,
        client_absent_s=settings.client_absent_s,
        therapist_absent_s=settings.therapist_absent_s,
        duty_absent_s=settings.duty_absent_s,
    )


def _socket_rules(settings: Settings, origins: frozenset[str], address: ClientAddress) -> SocketRules:
    signals_at_once = settings.candidates_per_link + settings.descriptions_per_link + settings.messages_burst
    return SocketRules(
        origins=origins,
        client_address=address,
        person_rates=Rates(settings.messages_per_minute, settings.messages_burst),
        signal_rates=Rates(settings.messages_per_minute, signals_at_once),
        socket_rates=Rates(settings.sockets_per_minute, settings.sockets_per_minute),
        address_rates=Rates(settings.sockets_per_minute_address, settings.sockets_per_minute_address),
    )


def _signal_rules(settings: Settings) -> SignalRules:
    return SignalRules(
        candidates_per_link=settings.candidates_per_link,
        descriptions_per_link=settings.descriptions_per_link,
        room_s=settings.session_length_s + settings.session_grace_s,
    )


async def _every(seconds: float, what: Callable[[], Awaitable[None]]) -> None:
    """Run `what` again and again; a failure is logged and the next turn comes all the same."""
    while True:
        try:
            await what()
        except StorageRefused as error:
            log.warning("%s waits for the database: %s", what.__qualname__, error.code)
        except Exception:
            log.exception("%s failed", what.__qualname__)
        await asyncio.sleep(seconds)


async def main(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then drain; a second one ends the draining. Raises CannotStart."""
    parts = compose(settings)
    await check_revision(parts.store)
    await parts.fanout.start()
    watch_numbers(parts.fanout)
    stop, hurry = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, lambda: (hurry if stop.is_set() else stop).set())
    runner = web.AppRunner(parts.app, **runner_options(settings.header_s))
    await runner.setup()
    try:
        tls = lan.tls_context(settings.tls_file)
        await web.TCPSite(runner, settings.host, settings.port, ssl_context=tls, backlog=BACKLOG).start()
    except OSError as error:
        raise CannotStart(f"port {settings.port} of {settings.host} is taken; set PORT to another") from error
    admin = await _admin_site(settings)
    tasks = [asyncio.create_task(turn) for turn in _turns(parts)]
    collect_seldom()
    log.info("web listens on %s:%s", settings.host, settings.port)
    await stop.wait()
    await _drain(parts, settings, runner, hurry)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if admin is not None:
        await admin.cleanup()
    await parts.close()


def _turns(parts: Web) -> list[Coroutine[Any, Any, None]]:
    settings = parts.settings
    return [
        _every(settings.lease_renew_s, parts.presence.renew),
        _every(settings.observe_s, parts.presence.observe),
        _every(settings.observe_s, parts.presence.sweep),
        _every(settings.events_poll_s, parts.fanout.poll),
        _every(settings.events_poll_s, parts.sockets.close_disabled),
        _every(SIGN_IN_CHECK_S, parts.sockets.close_expired),
        _every(settings.places_push_s, parts.fanout.push_places),
        _every(settings.observe_s, parts.waiting.tell_callbacks),
        _every(settings.fairness_flush_s, parts.fanout.fairness.flush),
        _every(settings.queue_push_s, parts.queue.push),
        _every(0.1, parts.fanout.listen),
        _every(0.1, parts.fanout.run),
        _every(0.1, parts.room_events.listen_signals),
        _every(1.0, parts.watch.run),
    ]


async def _admin_site(settings: Settings) -> web.AppRunner | None:
    """Metrics and documents on their own port when one is set."""
    if not settings.admin_port:
        return None
    app = web.Application()
    app.router.add_get("/metrics", metrics)
    add_documents(app, "/api")
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", settings.admin_port).start()
    return runner


async def _drain(parts: Web, settings: Settings, runner: web.AppRunner, hurry: asyncio.Event) -> None:
    """Say 503 on /readyz and let what is under way finish, for a while and until somebody is in a hurry."""

    async def finish() -> None:
        # First the sockets: once aiohttp cleans up it reads nothing more, not even that a page has let go.
        await parts.sockets.drain()
        await runner.cleanup()

    ways_out = {asyncio.create_task(finish()), asyncio.create_task(hurry.wait())}
    done, left = await asyncio.wait(ways_out, timeout=settings.drain_s, return_when=asyncio.FIRST_COMPLETED)
    for task in left:
        task.cancel()
    await asyncio.gather(*done)
    await asyncio.gather(*left, return_exceptions=True)
