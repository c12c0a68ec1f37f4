"""The smallest server on which two browsers can meet: what the product's speed is measured against."""

from pathlib import Path

from aiohttp import WSMsgType, web

PAGE = Path(__file__).with_name("floor.html").read_text(encoding="utf-8")


class Floor:
    """Passes messages from one role to the other, and echoes. Use as an async context manager; `url` is where."""

    def __init__(self) -> None:
        self.url = ""
        self._sockets: dict[str, web.WebSocketResponse] = {}
        app = web.Application()
        app.add_routes([web.get("/", self._page), web.get("/socket", self._pass_on), web.get("/echo", self._echo)])
        self._runner = web.AppRunner(app)

    async def __aenter__(self) -> "Floor":
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def _pass_on(self, request: web.Request) -> web.WebSocketResponse:
        role = request.query["role"]
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        self._sockets[role] = socket
        other = "client" if role == "therapist" else "therapist"
        async for message in socket:
            if message.type is WSMsgType.TEXT and other in self._sockets:
                await self._sockets[other].send_str(message.data)
        return socket

    async def _echo(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_str(message.data)
        return socket
