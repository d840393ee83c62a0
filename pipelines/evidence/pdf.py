"""Blocks in, one PDF out: A4, fonts embedded, no date but the one it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from io import BytesIO
from pathlib import Path

import matplotlib
import numpy as np
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TableCellFillMode, WrapMode, XPos, YPos
from fpdf.fonts import FontFace

from pipelines.evidence.blocks import (
    Block,
    Code,
    Facts,
    Grid,
    Heading,
    Paragraph,
    Picture,
    Pictures,
    Steps,
    kept_together,
)

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
"""DejaVu, which matplotlib brings: free to embed, Latin, Greek and Cyrillic."""

TEXT, MONO = "DejaVu", "DejaVuMono"
MARGIN, GAP = 15.0, 2.0
"""Millimetres around the page, and between blocks."""

BODY, NOTE, SMALL = 9.0, 8.0, 6.8
"""Sizes of type [pt]."""

KEPT_ROWS = 12
"""Tables up to so many rows are not cut."""

INK, GREY, RULE, WARNING = (26, 26, 26), (74, 74, 74), (190, 190, 190), (255, 246, 236)


def document(blocks: Sequence[Block], title: str, foot: str, dated: np.datetime64) -> bytes:
    """The PDF; equal blocks give equal bytes.

    dated : the day printed in the file's own record of when it was made: that of the data.
    """
    pdf = _Pdf(title, foot, dated)
    pdf.add_page()
    for group in kept_together(blocks):
        pdf.put_together(group)
    return bytes(pdf.output())


class _Pdf(FPDF):
    def __init__(self, title: str, foot: str, dated: np.datetime64) -> None:
        super().__init__(format="A4")
        self.foot = foot
        self.told = (title, foot, dated)
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, MARGIN + 4)
        self.add_font(TEXT, "", FONTS / "DejaVuSans.ttf")
        self.add_font(TEXT, "B", FONTS / "DejaVuSans-Bold.ttf")
        self.add_font(MONO, "", FONTS / "DejaVuSansMono.ttf")
        self.known = set(TTFont(FONTS / "DejaVuSans.ttf").getBestCmap())
        self.set_title(self.drawable(title))
        self.set_author("minecube")
        self.set_creator("minecube")
        self.set_producer("fpdf2")
        self.set_lang("en")
        when = datetime.fromisoformat(str(dated)[:10]).replace(tzinfo=UTC)
        self.set_creation_date(when)
        self.set_text_color(*INK)
        self.set_draw_color(*RULE)

    def footer(self) -> None:
        """The alert and the page on every page."""
        self.set_y(-MARGIN)
        self.set_font(TEXT, "", 7)
        self.set_text_color(*GREY)
        self.cell(0, 4, self.drawable(self.foot))
        self.set_x(MARGIN)
        self.cell(0, 4, f"{self.page_no()} / {{nb}}", align="R")
        self.set_text_color(*INK)

    @cached_property
    def scrap(self) -> _Pdf:
        """Paper to try things on: `offset_rendering` would copy all letters of all fonts."""
        return _Pdf(*self.told)

    def drawable(self, text: str) -> str:
        """Text with what the font has no letter for named by its code."""
        return "".join(
            c if ord(c) in self.known or c == "\n" else f"[U+{ord(c):04X}]" for c in text
        )

    def put_together(self, group: Sequence[Block]) -> None:
        """A heading with what follows it: on the next page rather than over the edge of this."""
        rows = max((len(one.rows) for one in group if isinstance(one, Facts | Grid)), default=0)

        def draw(on: _Pdf) -> None:
            for block in group:
                on.put(block)

        self._together(rows, draw)

    def put(self, block: Block) -> None:
        """One block."""
        match block:
            case Heading():
                self._heading(block)
            case Paragraph():
                self._paragraph(block)
            case Facts():
                self._facts(block)
            case Grid():
                self._grid(block)
            case Steps():
                self._steps(block)
            case Code():
                self._code(block)
            case Picture():
                self._pictures((block,), 1, block.share * self.epw)
            case Pictures():
                self._pictures(block.items, block.across, self.epw)

    def _heading(self, block: Heading) -> None:
        size = {1: 16.0, 2: 12.0, 3: 10.0}[block.level]
        if block.level == 2:
            self.ln(3)
            self.set_draw_color(*INK)
            self.line(MARGIN, self.get_y(), self.w - MARGIN, self.get_y())
            self.set_draw_color(*RULE)
            self.ln(1.5)
        self._text(block.text, size, bold=True, level=block.level)

    def _paragraph(self, block: Paragraph) -> None:
        if block.tone == "warning":
            self.set_fill_color(*WARNING)
            self.set_draw_color(138, 59, 0)
            self._text(block.text, BODY, fill=True, border=True, padding=2)
            self.set_draw_color(*RULE)
            return
        self._text(block.text, NOTE if block.tone == "note" else BODY,
                   colour=GREY if block.tone == "note" else INK)  # fmt: skip

    def _text(
        self,
        text: str,
        size: float,
        bold: bool = False,
        colour: tuple[int, int, int] = INK,
        fill: bool = False,
        border: bool = False,
        padding: int = 0,
        level: int = 0,
    ) -> None:
        self.set_font(TEXT, "B" if bold else "", size)
        self.set_text_color(*colour)
        if level:
            self.start_section(self.drawable(text), level - 1)
        self.multi_cell(
            0,
            size * 0.5,
            self.drawable(text),
            align="L",
            fill=fill,
            border=1 if border else 0,
            padding=padding,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        self.set_text_color(*INK)
        self.ln(GAP)

    def _facts(self, block: Facts) -> None:
        self._together(len(block.rows), lambda on: on._table(block.rows, (1.2, 4), BODY - 0.5))

    def _grid(self, block: Grid) -> None:
        self._together(len(block.rows), lambda on: on._captioned(block))

    def _captioned(self, block: Grid) -> None:
        self._text(block.caption, BODY, bold=True)
        self.ln(-GAP + 0.5)
        self._table(
            [block.columns, *block.rows],
            block.widths or (1.0,) * len(block.columns),
            SMALL if block.small else BODY - 0.5,
            head=True,
            numbers=block.numbers,
        )

    def _together(self, rows: int, draw: Callable[[_Pdf], None]) -> None:
        """Draw what holds a table of so many rows; a short one is not cut by the page's edge."""
        top = self.t_margin + 1
        if rows <= KEPT_ROWS and self.get_y() > top:
            if self._would_be_cut(draw):
                self.add_page()
        elif self.will_page_break(24):
            self.add_page()
        draw(self)

    def _would_be_cut(self, draw: Callable[[_Pdf], None]) -> bool:
        """Whether what is drawn from here on runs over this page's edge."""
        self.scrap.add_page()
        page = self.scrap.page
        self.scrap.set_xy(self.get_x(), self.get_y())
        draw(self.scrap)
        return self.scrap.page > page or self.scrap.get_y() > self.page_break_trigger

    def _table(
        self,
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        size: float,
        head: bool = False,
        numbers: frozenset[int] = frozenset(),
    ) -> None:
        self.set_font(TEXT, "", size)
        self.set_fill_color(255)
        with self.table(
            rows=[[self.drawable(cell) for cell in row] for row in rows],
            col_widths=tuple(widths),
            text_align=tuple("RIGHT" if i in numbers else "LEFT" for i in range(len(widths))),
            first_row_as_headings=head,
            headings_style=FontFace(emphasis="BOLD", color=INK),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            cell_fill_mode=TableCellFillMode.NONE,
            line_height=size * 0.47,
            padding=(0.7, 1.2, 0.7, 0),
        ):
            pass
        self.ln(GAP)

    def _steps(self, block: Steps) -> None:
        self.set_font(TEXT, "", BODY)
        for number, item in enumerate(block.items, 1):
            self.set_x(MARGIN)
            self.cell(7, BODY * 0.5, f"{number}.")
            self.multi_cell(0, BODY * 0.5, self.drawable(item), align="L", new_x=XPos.LMARGIN,
                            new_y=YPos.NEXT)  # fmt: skip
            self.ln(1)
        self.ln(GAP - 1)

    def _code(self, block: Code) -> None:
        self.set_font(MONO, "", 7.5)
        self.set_fill_color(243, 243, 243)
        self.multi_cell(0, 3.6, self.drawable(block.text), align="L", fill=True, padding=2,
                        wrapmode=WrapMode.CHAR, new_x=XPos.LMARGIN, new_y=YPos.NEXT)  # fmt: skip
        self.ln(GAP)

    def _pictures(self, items: Sequence[Picture], across: int, width: float) -> None:
        gap = 4.0
        each = (width - gap * (across - 1)) / across
        for start in range(0, len(items), across):
            row = items[start : start + across]
            heights = [each * _shape(item.png) for item in row]
            if self.will_page_break(max(heights) + 12):
                self.add_page()
            top, lowest = self.get_y(), 0.0
            for i, (item, height) in enumerate(zip(row, heights, strict=True)):
                left = MARGIN + i * (each + gap)
                self.image(BytesIO(item.png), left, top, each, alt_text=self.drawable(item.alt))
                self.set_xy(left, top + height + 0.5)
                self.set_font(TEXT, "", NOTE)
                self.set_text_color(*GREY)
                wide = self.epw if across == 1 else each
                self.multi_cell(wide, NOTE * 0.47, self.drawable(item.caption), align="L",
                                new_x=XPos.LEFT, new_y=YPos.NEXT)  # fmt: skip
                self.set_text_color(*INK)
                lowest = max(lowest, self.get_y())
            self.set_xy(MARGIN, lowest + GAP)


def _shape(png: bytes) -> float:
    """Height over width, as a PNG's header has them."""
    return int.from_bytes(png[20:24], "big") / int.from_bytes(png[16:20], "big")
