"""The guide: what people ask about the product, answered once; the help page and its PDF are made from it.

Pure. Easy to break: an answer says what is so now, so whoever changes what it tells of changes it too.
"""

from typing import NamedTuple


class Item(NamedTuple):
    question: str
    answer: str


class Section(NamedTuple):
    title: str
    items: tuple[Item, ...]


class Guide(NamedTuple):
    title: str
    sections: tuple[Section, ...]


DEVICES = Section(
    "Camera, microphone, network",
    (
        Item(
            "Will it work on my device?",
            "Open Check my devices, in Account. It shows whether camera, microphone and network are ready, and makes a "
            "report you can send us. A browser of the last two years is enough; nothing is installed.",
        ),
        Item(
            "I cannot be heard or seen in the call.",
            "Press Refresh first: it looks at your devices and mends the connection by the gentlest step that helps. "
            "Pick another microphone or camera under More, Devices. If nothing helps, the chat goes on.",
        ),
        Item(
            "What if the connection breaks?",
            "Come back to the same page. The session stays open, both may rejoin, and the time apart is not counted.",
        ),
    ),
)
SAFETY = Section(
    "In danger",
    (
        Item(
            "I am in danger, or somebody is.",
            "Call 999. Samaritans answer at any time on 116 123, or text SHOUT to 85258. We are no emergency service.",
        ),
    ),
)
ACCOUNT = Section(
    "Your account",
    (
        Item(
            "I forgot my password.",
            "Press I forgot my password on the sign-in page. A code comes by mail; you choose a new password with it, "
            "and are signed out everywhere.",
        ),
        Item(
            "Who is signed in as me?",
            "Account lists every browser. End one there, or press Sign out everywhere, and change your password.",
        ),
        Item(
            "How do I complain?",
            "Under Help, write to us and choose A complaint. An operator looks into it and decides; if you do not "
            "agree you can appeal, and somebody else looks at it again.",
        ),
    ),
)

CLIENTS = Guide(
    "Guide for clients",
    (
        SAFETY,
        Section(
            "Talking to someone",
            (
                Item(
                    "How do I talk to someone now?",
                    "Press Talk to someone now, say what would help, and wait. You see your place in the line and how "
                    "long it usually takes. When somebody is there you see who it is, and say yes or keep waiting.",
                ),
                Item(
                    "What does it cost?",
                    "The price stands beside the button before you press it. It is set aside at your yes and taken at "
                    "the end. If you did not meet, or for less than two minutes, nothing is taken.",
                ),
                Item(
                    "Who can read what I say?",
                    "Sound and picture go between you and your therapist and are not recorded. A written transcript is "
                    "made only if you both agree; you can stop it at any time and have it deleted.",
                ),
                Item(
                    "I am not alone at home.",
                    "Press Leave quickly, or Esc twice: the page is blanked at once and Back does not return to it.",
                ),
                Item(
                    "I am under 18.",
                    "A parent or guardian has to agree in writing before your first session. Your home page says how. "
                    "Childline is there at any time: 0800 1111.",
                ),
            ),
        ),
        DEVICES,
        ACCOUNT,
    ),
)
THERAPISTS = Guide(
    "Guide for therapists",
    (
        Section(
            "On duty",
            (
                Item(
                    "How do I get a client?",
                    "Turn On duty on. Each client who waits is a card, oldest first; press Accept. The first to accept "
                    "has it. The client then sees your card and says yes within a minute, or keeps waiting.",
                ),
                Item(
                    "Can I try it first?",
                    "Start a test session on the dashboard: a scripted client asks, talks and writes. It costs nothing "
                    "and counts nowhere.",
                ),
                Item(
                    "I have to step away before the client has answered.",
                    "Press Withdraw offer. The client keeps their place, and nothing is held against you.",
                ),
            ),
        ),
        Section(
            "In the session and after",
            (
                Item(
                    "Where do I write notes?",
                    "Notes in the call, and on the session's page in the call log. They are saved as you type and are "
                    "seen by nobody but you.",
                ),
                Item(
                    "What is the transcript worth?",
                    "A machine wrote it and may be wrong. Unsure words are marked; correct them, and copy a passage to "
                    "your notes. It needs a yes from both of you.",
                ),
                Item(
                    "I am worried about somebody's safety.",
                    "Press Raise a concern, in the call under More or on the session's page. Numbers to ring stand "
                    "first. Operators are told at once, and the client's record is kept from then on.",
                ),
                Item(
                    "When am I paid?",
                    "Your share of a session is available 24 hours after its end. Transactions shows each amount.",
                ),
            ),
        ),
        Section(
            "Your clients and your card",
            (
                Item(
                    "May my own clients come here?",
                    "Yes: invite them by mail under Users, or ask us for a referral code that they type at sign-up. "
                    "They are offered to you first.",
                ),
                Item(
                    "How do clients see me?",
                    "Account shows your card as they see it while you change it. No practice of your own, please.",
                ),
                Item(
                    "I was asked about my conduct.",
                    "It stands under Support, and you answer there. An operator decides; if you do not agree you can "
                    "appeal, and another one looks at it again.",
                ),
            ),
        ),
        DEVICES,
        ACCOUNT,
        SAFETY,
    ),
)


def of_role(role: str) -> Guide:
    """Operators read what therapists read."""
    return CLIENTS if role == "client" else THERAPISTS
