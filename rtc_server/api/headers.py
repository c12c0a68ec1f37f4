"""Headers that stand on every answer, static files and errors included.

Owns the content security policy and the fixed Server header. Easy to break: the policy has no unsafe-inline and names
no third party; the pages must work without either.
"""

from collections.abc import Iterable

from aiohttp import web, web_response

SERVER_NAME = "quick-connect"
PERMISSIONS = (
    "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), autoplay=(self), "
    "geolocation=(), payment=(), usb=(), serial=(), midi=(), browsing-topics=()"
)


def _policy(origins: Iterable[str]) -> str:
    # A policy cannot name an IPv6 address; 'self' covers the socket there.
    named = [origin for origin in origins if "[" not in origin]
    sockets = " ".join(sorted(origin.replace("http", "ws", 1) for origin in named))
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "media-src 'self' blob:",
            f"connect-src 'self' {sockets}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def secure(app: web.Application, origins: frozenset[str], *, is_https: bool) -> None:
    """Put the headers on every answer of `app` and of what is mounted in it; once, on the outermost application."""
    fixed = {
        "Content-Security-Policy": _policy(origins),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS,
        "Server": SERVER_NAME,
    }
    if is_https:
        fixed["Strict-Transport-Security"] = "max-age=31536000"

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(fixed)
        if request.path.startswith("/api"):
            response.headers["Cache-Control"] = "no-store"

    app.on_response_prepare.append(add)
    # A request too broken to reach any application is answered by aiohttp itself, which would tell its version.
    vars(web_response)["SERVER_SOFTWARE"] = SERVER_NAME
