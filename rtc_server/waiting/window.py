"""The part of the pool that one therapist's page has: the first cards of the line that they may see.

Pure. Easy to break: a card behind the end of a window is never put on the page, since those between would be missing
and what stands on top would soon not be the oldest; the page gets the next of the line when its cards run low.
"""

from collections.abc import Iterator, Sequence

from rtc_server.pool import Request


class Window:
    """`size`: as many cards as are sent at once."""

    __slots__ = ("_end", "_shown", "_size")

    def __init__(self, size: int) -> None:
        self._size = size
        self._shown: dict[str, Request] = {}
        self._end: int | None = None  # the place behind which others wait that this page has not

    def __iter__(self) -> Iterator[str]:
        """The ids of the requests on the page."""
        return iter(self._shown)

    def __contains__(self, request_id: str) -> bool:
        return request_id in self._shown

    @property
    def limit(self) -> int:
        """As many cards as the page gets anew: none that it has is taken from it while its request waits."""
        return max(self._size, len(self._shown))

    @property
    def is_cut(self) -> bool:
        return self._end is not None

    @property
    def is_low(self) -> bool:
        """Others wait behind the end, and half of what was sent has gone."""
        return self.is_cut and len(self._shown) <= self._size // 2

    def show(self, request: Request) -> bool:
        """Whether the card goes on to the page; noted if so. Of their own rehearsals a therapist sees every one."""
        if request.id not in self._shown and not request.is_rehearsal:
            if self._end is None and len(self._shown) >= self._size:
                last = max(shown.place for shown in self._shown.values())
                self._end = last if request.place > last else None
            if self._end is not None and request.place > self._end:
                return False
        self._shown[request.id] = request
        return True

    def drop(self, request_id: str) -> bool:
        """Whether the card was on the page."""
        return self._shown.pop(request_id, None) is not None

    def fill(self, line: Sequence[Request], end: int | None) -> None:
        """The page has the cards of `line` from now on, and others wait behind the place `end`, or with None nobody."""
        self._shown = {request.id: request for request in line}
        self._end = end
