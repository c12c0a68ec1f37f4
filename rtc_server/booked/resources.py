"""The routes of booking, wired from the parts of one web process."""

from email.utils import parseaddr

from booking_core.people import People
from rtc_server.adapters.seal import KeyStore
from rtc_server.api import Resource
from rtc_server.api.availability import AvailabilityApi
from rtc_server.api.bookings import BookingsApi, FindingApi, Parts
from rtc_server.api.guardians import ConsentsOnFile
from rtc_server.api.services import ServicesApi
from rtc_server.api.users import UsersApi
from rtc_server.booked.letters import Desk
from rtc_server.booked.room import BookedRooms, JoinRules
from rtc_server.booked.story import BookingRules, BookingStory
from rtc_server.booked.views import BookingViews
from rtc_server.config import Settings
from rtc_server.fanout import Fanout
from rtc_server.room_story import RoomRules
from rtc_server.store.database import Store

NO_REPLY = "no-reply@localhost.localdomain"  # who invites to a session while no mail can be sent


def booking_desk(settings: Settings, keys: KeyStore, people: People) -> Desk:
    organizer = parseaddr(settings.mail_from)[1] or NO_REPLY
    return Desk(keys, people, organizer, settings.resolved_public_url(), settings.reminders)


def booking_story(
    settings: Settings, store: Store, keys: KeyStore, people: People, fanout: Fanout, rules: RoomRules
) -> BookingStory:
    desk = booking_desk(settings, keys, people)
    return BookingStory(store, keys, desk, fanout, BookingRules(rules, settings.book_ahead_s))


def booking_resources(
    settings: Settings,
    store: Store,
    keys: KeyStore,
    people: People,
    story: BookingStory,
    fanout: Fanout,
    rules: RoomRules,
) -> list[Resource]:
    join = JoinRules(rules, settings.join_before_s, settings.time_zone)
    views = BookingViews(
        store, keys, people, join_before_s=settings.join_before_s, no_show_after_s=settings.no_show_after_s
    )
    parts = Parts(store, views, story, BookedRooms(store, people, fanout, join))
    return [
        AvailabilityApi(store, views, ahead_s=settings.book_ahead_s),
        FindingApi(parts, ahead_s=settings.book_ahead_s),
        BookingsApi(parts),
        UsersApi(store, views, story, ConsentsOnFile(store, keys, people, settings.time_zone)),
        ServicesApi(store, people, views),
    ]
