"""Printed pages: A4, the protective marking on top and below, 'page n of m', real text, the same bytes each time.

Text that people typed is only ever escaped into paragraphs. A newcomer's trap: PDF's own fonts know Latin letters
only, so a TrueType font is embedded; a character it lacks is printed as '?', and the CSV and JSON hold it whole.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from django.utils import timezone
from PIL import ImageFont
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from workers.disc.label import PROTECTIVE_MARKING, one_line

MARGIN = 18 * mm
_PADDING = 6
"""What reportlab keeps free inside a page's frame, in points."""
WIDTH = A4[0] - 2 * MARGIN - 2 * _PADDING
_CELL_PADDING = 5
_ROW_HEIGHT = 100 * mm
"""A row no taller than this always finds room on a page, below the table's head."""
_GREY, _LINE = HexColor("#505a5f"), HexColor("#b1b4b6")
_FAMILIES = (("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"), ("Vera.ttf", "VeraBd.ttf"))


def pdf_write(out: Path, *, title: str, footer: str, made_at: datetime, story: Sequence[Flowable]) -> None:
    """Write the pages. `made_at` (aware) is the document's date; `footer` says on each page what it belongs to."""
    fonts()
    document = SimpleDocTemplate(
        str(out), pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=22 * mm, bottomMargin=22 * mm,
        title=one_line(title), author="Continuity", subject=PROTECTIVE_MARKING, invariant=1,
    )  # fmt: skip

    class Numbered(_Numbered):
        foot = printable(footer)
        made = made_at

    document.build(list(story), canvasmaker=Numbered)


def heading(text: str) -> Paragraph:
    """The document's title."""
    return _paragraph(text, fontName=fonts()[1], fontSize=17, leading=21, spaceAfter=8)


def section(text: str) -> Paragraph:
    """A heading within."""
    return _paragraph(text, fontName=fonts()[1], fontSize=11.5, leading=15, spaceBefore=10, spaceAfter=4)


def body(text: str) -> Paragraph:
    """A paragraph."""
    return _paragraph(text, spaceAfter=4)


def gap() -> Spacer:
    """Some air."""
    return Spacer(1, 4 * mm)


def table(rows: Sequence[Sequence[str]], widths: Sequence[float], *, has_head: bool = True) -> LongTable:
    """A table that goes on over pages, its head repeated; `widths` are shares of the page's width.

    A row that is taller than a page would end the whole document in an error, so tall ones go on in rows below.
    """
    cells = [
        piece
        for place, row in enumerate(rows)
        for piece in _pieces(
            [
                _paragraph(text, fontName=fonts()[1 if has_head and place == 0 else 0], fontSize=8, leading=10)
                for text in row
            ],
            [share * WIDTH - _CELL_PADDING for share in widths],
        )
    ]
    made = LongTable(cells, colWidths=[share * WIDTH for share in widths], repeatRows=1 if has_head else 0)
    made.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), _CELL_PADDING),
                ("TOPPADDING", (0, 0), (-1, -1), 2.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            ]
        )
    )
    return made


def facts_table(facts: Sequence[tuple[str, str]]) -> LongTable:
    """Names on the left, facts on the right."""
    return table(facts, (0.24, 0.76), has_head=False)


def printable(text: str) -> str:
    """`text` on one line, with '?' for what the font cannot draw."""
    known = pdfmetrics.getFont(fonts()[0]).face.charToGlyph
    return "".join(char if ord(char) in known else "?" for char in one_line(text))


def utc_words(at: datetime) -> str:
    """'22 Nov 2026 19:04:31 UTC'."""
    return f"{at.astimezone(UTC):%d %b %Y %H:%M:%S} UTC"


def local_words(at: datetime) -> str:
    """'22 Nov 2026 19:04:31 GMT'."""
    return f"{timezone.localtime(at):%d %b %Y %H:%M:%S %Z}"


@lru_cache(maxsize=1)
def fonts() -> tuple[str, str]:
    """Names of the plain and the bold font, embedded in every document: the system's DejaVu, else reportlab's own."""
    plain, bold = next((family for family in _FAMILIES if _is_there(family)), _FAMILIES[-1])
    pdfmetrics.registerFont(TTFont("Continuity", _path(plain)))
    pdfmetrics.registerFont(TTFont("Continuity-Bold", _path(bold)))
    return "Continuity", "Continuity-Bold"


def _is_there(family: tuple[str, str]) -> bool:
    try:
        return all(ImageFont.truetype(name) for name in family)
    except OSError:
        return False


def _path(name: str) -> str:
    try:
        return str(ImageFont.truetype(name).path)
    except OSError:
        return name  # reportlab finds the fonts that it ships by their name


def _paragraph(text: str, **style: Any) -> Paragraph:
    return Paragraph(
        escape(printable(text)), ParagraphStyle("text", **{"fontName": fonts()[0], "fontSize": 9.5, **style})
    )


def _pieces(row: Sequence[Paragraph], widths: Sequence[float]) -> Iterator[list[Paragraph | str]]:
    """The row, or as many rows as it takes for none to be too tall."""
    rest: list[Paragraph | None] = list(row)
    while any(rest):
        cut = [each.split(width, _ROW_HEIGHT) if each else [] for each, width in zip(rest, widths, strict=True)]
        yield [parts[0] if parts else "" for parts in cut]
        rest = [parts[1] if len(parts) > 1 else None for parts in cut]


class _Numbered(Canvas):  # type: ignore[misc] # reportlab has no types
    """Draws pages once all of them are known, so that each can say how many there are."""

    foot = ""
    made = datetime(2000, 1, 1, tzinfo=UTC)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._pages: list[dict[str, Any]] = []
        stamp = f"D:{self.made.astimezone(UTC):%Y%m%d%H%M%S}+00'00'"
        self.setDateFormatter(lambda *_: stamp)

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Keep the page for later."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Draw head and foot of every page, then write."""
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self._frame(number, len(self._pages))
            super().showPage()
        super().save()

    def _frame(self, number: int, of: int) -> None:
        plain, bold = fonts()
        self.setFillColor(_GREY)
        self.setFont(bold, 9)
        for y in (A4[1] - 13 * mm, 9 * mm):
            self.drawCentredString(A4[0] / 2, y, PROTECTIVE_MARKING)
        self.setFont(plain, 7.5)
        self.drawString(MARGIN + _PADDING, 14 * mm, self.foot[:110])
        self.drawRightString(A4[0] - MARGIN - _PADDING, 14 * mm, f"Page {number} of {of}")
