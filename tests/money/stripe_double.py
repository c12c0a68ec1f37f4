"""Stripe's HTTP interface as far as money here needs it, with its pages, its reports and the faults a test puts in.

Owns no rule of the product. Like Stripe it answers the same idempotency key with what it answered first.
"""

import asyncio
import hashlib
import hmac
import json
import threading
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

SECRET_KEY = "sk_test_only_here"
WEBHOOK_SECRET = "whsec_only_stripe_and_we_know"
PAGE = "<!doctype html><title>{title}</title><form method=post><button>{title}</button></form>"

Fault = Callable[[], Awaitable[web.StreamResponse]]
Told = dict[str, Any]


class StripeDouble:
    """`faults` are used up one by one, by POST to the interface; after them everything is answered as Stripe would."""

    def __init__(self) -> None:
        self.url = ""
        self.report_url = ""  # where reports go by themselves; empty: only when a test sends one
        self.checkouts: dict[str, Told] = {}
        self.accounts: dict[str, Told] = {}
        self.transfers: dict[str, Told] = {}
        self.calls: list[tuple[str, str]] = []  # path and idempotency key
        self.faults: deque[Fault] = deque()
        self._answers: dict[str, Told] = {}

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/{kind:checkout/sessions|accounts|account_links|transfers}", self._create)
        app.router.add_get("/v1/{kind:checkout/sessions|accounts}/{id}", self._retrieve)
        app.router.add_get("/pay/{id}", self._page)
        app.router.add_post("/pay/{id}", self._pay)
        app.router.add_get("/connect/{id}", self._page)
        app.router.add_post("/connect/{id}", self._connect)
        return app

    async def _create(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"] == f"Bearer {SECRET_KEY}"
        kind, key = request.match_info["kind"], request.headers.get("Idempotency-Key", "")
        fields = {name: str(value) for name, value in (await request.post()).items()}
        self.calls.append((kind, key))
        if self.faults:
            return await self.faults.popleft()()
        if key in self._answers:
            return web.json_response(self._answers[key])
        made = getattr(self, "_make_" + kind.replace("/", "_"))(fields)
        if key:
            self._answers[key] = made
        return web.json_response(made)

    def _make_checkout_sessions(self, fields: dict[str, str]) -> Told:
        name = f"cs_{uuid.uuid4().hex}"
        assert fields["line_items[0][price_data][currency]"] == "gbp"
        self.checkouts[name] = {
            "id": name,
            "object": "checkout.session",
            "client_reference_id": fields["client_reference_id"],
            "amount_total": int(fields["line_items[0][price_data][unit_amount]"]),
            "status": "open",
            "payment_status": "unpaid",
            "url": f"{self.url}/pay/{name}",
            "success_url": fields["success_url"],
        }
        return self.checkouts[name]

    def _make_accounts(self, fields: dict[str, str]) -> Told:
        name = f"acct_{uuid.uuid4().hex[:16]}"
        self.accounts[name] = {"id": name, "object": "account", "payouts_enabled": False, "details_submitted": False}
        return self.accounts[name]

    def _make_account_links(self, fields: dict[str, str]) -> Told:
        name = fields["account"]
        self.accounts[name]["return_url"] = fields["return_url"]
        return {"object": "account_link", "url": f"{self.url}/connect/{name}"}

    def _make_transfers(self, fields: dict[str, str]) -> Told:
        name = f"tr_{uuid.uuid4().hex}"
        assert fields["currency"] == "gbp"
        self.transfers[name] = {
            "id": name,
            "object": "transfer",
            "amount": int(fields["amount"]),
            "destination": fields["destination"],
        }
        return self.transfers[name]

    async def _retrieve(self, request: web.Request) -> web.StreamResponse:
        found = {**self.checkouts, **self.accounts}[request.match_info["id"]]
        return web.json_response(found)

    async def _page(self, request: web.Request) -> web.StreamResponse:
        title = "Pay" if request.path.startswith("/pay/") else "Connect"
        return web.Response(text=PAGE.format(title=title), content_type="text/html")

    async def _pay(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["id"]
        self.pay(name)
        if self.report_url:
            await self.report("checkout.session.completed", self.checkouts[name])
        raise web.HTTPSeeOther(self.checkouts[name]["success_url"])

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        account = self.accounts[request.match_info["id"]]
        account |= {"payouts_enabled": True, "details_submitted": True}
        raise web.HTTPSeeOther(account["return_url"])

    def pay(self, name: str) -> None:
        self.checkouts[name] |= {"status": "complete", "payment_status": "paid"}

    async def report(
        self, kind: str, told: Told, *, event_id: str = "", secret: str = WEBHOOK_SECRET, age_s: float = 0
    ) -> int:
        """Send a signed report as Stripe would; returns the HTTP status of the answer."""
        event = {"id": event_id or f"evt_{uuid.uuid4().hex}", "object": "event", "type": kind, "data": {"object": told}}
        body, at = json.dumps(event), int(time.time() - age_s)
        mac = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
        headers = {"Stripe-Signature": f"t={at},v1={mac}", "Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.report_url, data=body.encode(), headers=headers) as answer,
        ):
            return answer.status


def refuses(status: int, code: str) -> Fault:
    """A clear no."""

    async def fault() -> web.StreamResponse:
        error = {"type": "invalid_request_error", "code": code, "message": "no"}
        return web.json_response({"error": error}, status=status)

    return fault


async def hangs() -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


async def breaks() -> web.StreamResponse:
    return web.json_response({"error": {"type": "api_error", "message": "sorry"}}, status=500)


@contextmanager
def in_thread() -> Iterator[StripeDouble]:
    """For tests whose loop comes and goes: the double has a loop and a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="stripe double", daemon=True)
    thread.start()
    context = running()
    try:
        yield asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result(10)
    finally:
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


@asynccontextmanager
async def running() -> AsyncIterator[StripeDouble]:
    double = StripeDouble()
    server = TestServer(double.app())
    await server.start_server(shutdown_timeout=0.1)
    double.url = str(server.make_url("")).rstrip("/")
    try:
        yield double
    finally:
        await server.close()
