"""A recipient opens a link: the token, the one-time code where one is asked for, then a playback session of their own.

Only a deliberate POST opens; whoever merely fetches the address (mail scanners do) changes nothing. An attempt at a
link that is over, or with a wrong code, is written down as refused: by somebody who holds the link, for who it really
was is not known.
"""

from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F
from django.utils import timezone

from evidence.custody.parties import Actor, ActorKind
from evidence.custody.services import act
from evidence.custody.verbs import Outcome, Verb
from evidence.recordings.models import PlaybackSession, RecordingFile
from evidence.recordings.services.playback import Opened, playback_open_external
from evidence.recordings.subjects import subject_of
from evidence.sharing.errors import CodeTooSoon, CodeWrong, LinkGone
from evidence.sharing.models import LetterKind, Link, LinkCode, LinkOpening
from evidence.sharing.policy import LINK
from evidence.sharing.queries import code_live, link_once, links_live
from evidence.sharing.services.letters import letter_write
from evidence.sharing.services.links import recipient_of
from evidence.sharing.tokens import code_new
from evidence.vault.services import object_readable_require

CODE_LIFETIME = timedelta(minutes=10)
CODE_EVERY = timedelta(minutes=1)
CODES_A_DAY = 10
HOLDER = Actor(kind=ActorKind.UNIDENTIFIED, id=None, name="Somebody who holds the link")


def recipient_actor(link: Link) -> Actor:
    """The recipient as the one who acts."""
    return Actor(kind=ActorKind.RECIPIENT, id=link.recipient_id, name=str(link.recipient))


def code_send(*, link: Link) -> LinkCode:
    """Make a one-time code and mail it to the recipient; codes sent before count no more.

    Raises:
        CodeTooSoon: one was sent less than a minute ago, or ten within a day.
        LinkGone: the link is over, or asks for no code.
    """
    code = code_new()
    hashed = make_password(code)
    with act(actor=recipient_actor(link)):
        row = links_live().select_for_update(of=("self",)).filter(pk=link.pk, needs_code=True).first()
        if row is None:
            raise LinkGone
        _pace_check(link)
        made = LinkCode.objects.create(link=link, code_hash=hashed, expires_at=timezone.now() + CODE_LIFETIME)
        letter_write(
            link=link, kind=LetterKind.CODE, secret=code, send_by_at=made.expires_at, actor=recipient_actor(link)
        )
    return made


def _pace_check(link: Link) -> None:
    now = timezone.now()
    if link.codes.filter(created_at__gt=now - CODE_EVERY).exists():
        raise CodeTooSoon("A code was sent less than a minute ago. Look for it in your mail, then ask again.")
    if link.codes.filter(created_at__gt=now - timedelta(days=1)).count() >= CODES_A_DAY:
        raise CodeTooSoon("Too many codes were asked for today. Ask whoever sent you the link, or try tomorrow.")


def link_open(*, link: Link, code: str = "") -> Opened:
    """Open what the link leads to, as its recipient.

    Raises:
        LinkGone: it was ended meanwhile.
        CodeWrong: it asks for a code and this is not it.
        NotPlayable: there is nothing to show any more.
    """
    proven = _code_prove(link, code) if link.needs_code else None
    with act(actor=recipient_actor(link)):
        row = links_live().select_for_update(of=("self",)).filter(pk=link.pk).first()
        if row is None:
            raise LinkGone
        if proven and not LinkCode.objects.filter(pk=proven.pk, used_at=None).update(used_at=timezone.now()):
            raise CodeWrong(0)
        opened = playback_open_external(
            recording=link.recording, actor=recipient_actor(link), rule=LINK, verb=Verb.LINK_OPENED,
            may_download=link.may_download, data={"link": str(link.id), "with_code": proven is not None},
        )  # fmt: skip
        LinkOpening.objects.create(link=link, playback=opened.session)
        Link.objects.filter(pk=link.pk).update(opened_count=F("opened_count") + 1, last_opened_at=timezone.now())
    return opened


def _code_prove(link: Link, code: str) -> LinkCode:
    """The code row that this code matches. A try is used up before it is looked at, so that many at once gain nothing.

    Raises:
        CodeWrong: it does not match, or there is none to match; the attempt is written down.
    """
    row = code_live(link)
    tries = LinkCode.objects.filter(pk=row.pk, attempts__lt=LinkCode.ATTEMPTS_MAX) if row else None
    if row is None or tries is None or not tries.update(attempts=F("attempts") + 1):
        _refusal_record(link, "link:no-code")
        raise CodeWrong(0)
    if not check_password("".join(code.split()), row.code_hash):
        _refusal_record(link, "link:wrong-code")
        raise CodeWrong(LinkCode.ATTEMPTS_MAX - row.attempts - 1)
    return row


def link_refuse(*, token: str) -> None:
    """Write down that somebody tried to open a link that is over; a token that never was a link leaves nothing."""
    link = link_once(token)
    if link is not None:
        _refusal_record(link, "link:over")


def _refusal_record(link: Link, rule: str) -> None:
    with act(actor=HOLDER) as deed:
        deed.record(
            Verb.LINK_OPENED, subject_of(link.recording), rule=rule, outcome=Outcome.DENIED,
            data={"link": str(link.id)},
        )  # fmt: skip


def link_download(*, link: Link, session: PlaybackSession, file: RecordingFile) -> None:
    """Write down that the recipient takes a file away. Every request is written, ranges too.

    Raises:
        LinkGone: the link allows watching only.
        ObjectQuarantined: nobody is given it, so nothing goes on record.
    """
    if not (link.may_download and session.may_download):
        raise LinkGone
    object_readable_require(file.stored)
    with act(actor=recipient_actor(link)) as deed:
        deed.record(
            Verb.LINK_DOWNLOADED, subject_of(link.recording, file), rule=LINK, recipients=(recipient_of(link),),
            data={"link": str(link.id), "role": file.role, "part": file.part},
        )  # fmt: skip
