"""Texts people agree to, and the choices of the form, as data with versions.

Owns the words; knows no wire. Easy to break: whoever changes a text gives it a new version in the same commit, because
consents name the version that was read.
"""

TERMS_VERSION = "2026-11-22"
TERMS_TEXT = """\
This is a video session with a qualified therapist, for 60 minutes. It is not an emergency service. If you are in \
danger now, call 999, or call Samaritans on 116 123 at any time.

The price is set aside from your wallet when you agree. It is taken when the session ends, and given back whole if \
you did not meet or spoke for less than two minutes.

Sound and picture go directly between you and your therapist, encrypted. They are not recorded, unless you both agree \
to a written transcript.

Your therapist sees what you wrote in the form, keeps notes for your care, and keeps what you tell them confidential. \
They may have to speak to others only if somebody is at serious risk, and will tell you first where they can.

Be sober, somewhere private, and kind. Your therapist may end a session that is not safe for either of you. You may \
leave at any time.
"""

TRANSCRIPT_VERSION = "2026-11-22"
TRANSCRIPT_TEXT = """\
If you and your therapist both agree, the sound of the session is also sent, encrypted, to our server, which turns it \
into text by machine. The text may be wrong in places. The sound is deleted as soon as its words are stored; the \
text is stored encrypted, for your therapist's notes. You can refuse and still have the session, and stop it at any \
moment in the call.
"""

ACCOUNT_VERSION = "2026-11-22"
ACCOUNT_TEXT = """\
Your account is yours alone: give your own name and date of birth, and tell nobody your password. This is not an \
emergency service. If you are in danger now, call 999, or call Samaritans on 116 123 at any time.

What you tell us about yourself, what you write and what your therapist notes is stored encrypted, under a key of \
your own. Your therapist reads what concerns your sessions. We use none of it for anything else and sell nothing to \
anybody. You may ask for a copy of your data, and for it to be deleted, where no law obliges us to keep it.

If you are under 18, a parent or guardian has to agree in writing before your first session.

Be honest and kind with your therapist, as they are with you. An account that is used to harm somebody is closed; you \
are told why, and may appeal.
"""

CONDUCT_VERSION = "2026-11-22"
CONDUCT_TEXT = """\
You hold the qualifications, insurance and checks that you send us, keep them in date, and tell us when one ends or a \
complaint is made against you.

What clients tell you stays between you and them. Their records are kept here, encrypted, and nowhere else. Where \
somebody is at serious risk you raise a concern here, tell the safeguarding authority, and tell the client first where \
that is safe.

With somebody under 18 you begin only once a parent's or guardian's written consent is on file and in date.

You do not promote a practice of your own to our clients, neither in words nor in pictures nor in your bio, without \
our written consent, and you keep to professional boundaries at all times.

Breaches are looked into fairly. You hear what is said, may answer it, and may appeal against what is decided.
"""

# Area, its name, and what the form asks about it.
AREAS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("mind", "Mind", ("Anxiety", "Low mood", "Stress", "Sleep", "Trauma", "Anger", "Something else")),
    ("body", "Body", ("Chronic illness", "Pain", "Body image", "Eating", "Sleep", "Something else")),
    ("relationship", "Relationships", ("Trust", "Insecurity", "Conflict", "Family", "Parting", "Something else")),
    ("growth", "Personal growth", ("Confidence", "Direction", "Mindfulness", "Leadership", "Something else")),
    ("addiction", "Addiction", ("Alcohol", "Smoking", "Drugs", "Gambling", "Something else")),
    ("work", "Work", ("Career", "Stress at work", "Conflict", "Money", "Something else")),
)
