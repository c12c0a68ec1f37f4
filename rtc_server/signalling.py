"""HEART: what one browser may send the other by way of us. The browsers negotiate; the server counts and measures.

Pure. Candidates between browsers pass but for number, size and syntax (LANs and loopback must work), and but for kind
where only relays may be used: neither browser then learns the other's address, whatever a page does. Descriptions pass
but for size, number of media sections and syntax (RFC 8866, RFC 8829). SDP and candidates are never logged: they hold
addresses.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass

from rtc_server.errors import BadMessage, TooOften

MEDIA_SECTIONS_MAX = 3
LINKS_REMEMBERED_MAX = 10_000
_LINE = re.compile(r"^[a-z]=\S.*$")
# RFC 8839: candidate:foundation component transport priority address port typ type …
_CANDIDATE = re.compile(
    r"^(?:candidate:[\w+/]{1,32} [12] (?:udp|tcp) \d{1,10} [\w.:%-]{1,255} \d{1,5}"
    r" typ (?:host|srflx|prflx|relay)\b.*)?$",
    re.IGNORECASE | re.ASCII,
)
_BEHIND = re.compile(r"raddr \S+ rport \d+", re.IGNORECASE | re.ASCII)
_ADDRESS = re.compile(r"IN IP[46] \S+")


def check_description(sdp: str) -> None:
    """Raises BadMessage unless `sdp` reads like one session description with at most three media sections."""
    lines = sdp.splitlines()
    if not lines or lines[0] != "v=0":
        raise BadMessage("not a session description")
    if any(line and not _LINE.match(line) for line in lines):
        raise BadMessage("malformed session description")
    if sum(line.startswith("m=") for line in lines) > MEDIA_SECTIONS_MAX:
        raise BadMessage("too many media sections")


def check_candidate(candidate: str) -> None:
    """Raises BadMessage unless it is one ICE candidate, or empty (end of candidates)."""
    if not _CANDIDATE.match(candidate):
        raise BadMessage("malformed candidate")


def relay_candidate(candidate: str) -> str | None:
    """The candidate as it passes where only relays may be used: without the address behind the relay. None: it does
    not pass."""
    if candidate and " typ relay" not in candidate.lower():
        return None
    return _BEHIND.sub("raddr 0.0.0.0 rport 0", candidate)


def relay_description(sdp: str) -> str:
    """The description as it passes where only relays may be used: no candidate of another kind, no address."""
    passing = []
    for line in sdp.splitlines():
        if line.startswith("a=candidate:"):
            candidate = relay_candidate(line.removeprefix("a="))
            if candidate is not None:
                passing.append(f"a={candidate}")
        elif line.startswith(("o=", "c=", "a=rtcp:")):
            passing.append(_ADDRESS.sub("IN IP4 0.0.0.0", line))
        else:
            passing.append(line)
    return "".join(f"{line}\r\n" for line in passing)


@dataclass
class _Spent:
    candidates: int = 0
    descriptions: int = 0


class SignalBudget:
    """How much each page has sent on a link; a new link is a new budget. Per process: a page has one socket."""

    def __init__(self, candidates_max: int, descriptions_max: int) -> None:
        self._max = _Spent(candidates_max, descriptions_max)
        self._spent: OrderedDict[tuple[str, str, int], _Spent] = OrderedDict()

    def spend(self, session_id: str, page_id: str, link: int, *, is_description: bool) -> None:
        """Raises TooOften when the link's budget is used up."""
        spent = self._spent.setdefault((session_id, page_id, link), _Spent())
        if len(self._spent) > LINKS_REMEMBERED_MAX:
            self._spent.popitem(last=False)
        if is_description:
            spent.descriptions += 1
        else:
            spent.candidates += 1
        if spent.descriptions > self._max.descriptions or spent.candidates > self._max.candidates:
            raise TooOften("Too many connection attempts on this link. Refresh builds a new one.")
