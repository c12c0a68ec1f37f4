"""The routes about people, composed: accounts, cards, applications, and the operator's pages about them.

Wires and nothing else, as `app.py` does for the live path; knows Settings so that the routes get values.
"""

from zoneinfo import ZoneInfo

from booking_core.people import People
from rtc_server.adapters.seal import KeyStore
from rtc_server.api import Resource
from rtc_server.api.accounts import AccountApi
from rtc_server.api.applications import ApplicationApi
from rtc_server.api.auth import AuthApi
from rtc_server.api.cards import CardApi
from rtc_server.api.concerns import ConcernApi
from rtc_server.api.guardians import GuardianApi
from rtc_server.api.invitations import InvitationApi, InvitationRules
from rtc_server.api.oversight import OversightApi
from rtc_server.api.own_data import OwnDataRoutes
from rtc_server.api.people import PeopleApi
from rtc_server.api.registry import RegistryApi
from rtc_server.api.support import SupportApi
from rtc_server.api.survey import SurveyApi
from rtc_server.auth import Auth, Publish
from rtc_server.config import Settings
from rtc_server.outgoing.desk import Desk
from rtc_server.people.accounts import AccountRules, Accounts
from rtc_server.people.second_step import SecondStep
from rtc_server.store.database import Store
from rtc_server.waiting.told import Waits


def account_rules(settings: Settings) -> AccountRules:
    return AccountRules(
        code_s=settings.code_s,
        age_min=settings.client_age_min,
        share_percent=settings.share_percent,
        zone=settings.time_zone,
        mails_per_hour=settings.codes_per_hour,
        tries_per_hour=settings.account_tries_per_hour,
    )


# Who reads what others tell in confidence, or may change what is so.
SECOND_STEP_FOR = frozenset({"therapist", "admin"})


def auth_of(settings: Settings, store: Store, keys: KeyStore, people: People, publish: Publish) -> Auth:
    ring = keys.ring
    return Auth(
        store,
        people,
        publish,
        ring.derive("audit"),
        SecondStep(store, keys, ring.derive("recovery")),
        second_step_for=SECOND_STEP_FOR if settings.is_production else frozenset(),
        tries=settings.sign_in_tries,
        backoff_s=settings.sign_in_backoff_s,
        idle_s=settings.sign_in_idle_s,
        max_s=settings.sign_in_max_s,
    )


def people_routes(
    settings: Settings,
    store: Store,
    keys: KeyStore,
    people: People,
    auth: Auth,
    waits: Waits,
    publish: Publish,
    *,
    has_relay: bool,
) -> list[Resource]:
    ring, zone = keys.ring, ZoneInfo(settings.time_zone)
    audit_key = ring.derive("audit")
    accounts = Accounts(store, keys, people, auth, account_rules(settings), ring.derive("challenge"), audit_key)
    desk = Desk(store, keys, settings.desk_mail_s)
    inviting = InvitationRules(settings.invitation_s, settings.invitations_per_hour, settings.account_tries_per_hour)
    answer_s, max_s = settings.account_answer_s, settings.sign_in_max_s
    return [
        AuthApi(auth, people, max_s=max_s),
        PeopleApi(store, people, waits, settings.time_zone, has_relay=has_relay),
        OwnDataRoutes(store, keys, people, zone),
        AccountApi(accounts, auth, people, answer_s=answer_s, max_s=max_s),
        CardApi(store, people, publish),
        ApplicationApi(store, keys, people, desk),
        GuardianApi(store, keys, people, settings.time_zone, desk),
        ConcernApi(store, keys, people, desk),
        SupportApi(store, keys, people, desk),
        SurveyApi(store, keys, people),
        InvitationApi(store, keys, people, inviting, settings.resolved_public_url()),
        RegistryApi(store, keys, people, auth, zone, audit_key),
        OversightApi(store, people, audit_key),
    ]
