"""The page's geometry is the renderer's: the same boxes give the same rectangles, cell for cell."""

import random

import pytest
from playwright.sync_api import Page

from tests.browser.harness import Site
from workers.media.geometry import block_px, box_at
from workers.media.recipe_model import Box

pytestmark = pytest.mark.browser

JAVASCRIPT = """async cases => {
  const { boxAt, blockPx } = await import("/static/app/geometry.mjs");
  return cases.map(({boxes, pts, pad, blocks}) => {
    const rect = boxAt(boxes, pts, pad);
    return [rect.left, rect.top, rect.right, rect.bottom, blockPx(rect.right - rect.left, blocks)];
  });
}"""


def test_boxes_on_the_page_agree_with_the_renderer_to_the_pixel(page: Page, site: Site) -> None:
    chance = random.Random(11)
    cases = []
    for _ in range(400):
        times = sorted(chance.sample(range(10**11), chance.randint(1, 5)))
        rows = [
            (at, *(chance.randint(0, 4000) for _ in range(2)), *(chance.randint(1, 2000) for _ in range(2)))
            for at in times
        ]
        pts = chance.choice([chance.randint(0, 10**11), *times])
        cases.append((rows, pts, chance.choice([0, 30, 7]), chance.choice([4, 8])))
    site.pages["/"] = "<title>empty</title>"
    page.goto(site.address)
    given = [
        {
            "boxes": [dict(zip(("pts", "x", "y", "w", "h"), row, strict=True)) for row in rows],
            "pts": pts,
            "pad": pad,
            "blocks": blocks,
        }
        for rows, pts, pad, blocks in cases
    ]
    answers = page.evaluate(JAVASCRIPT, given)
    for (rows, pts, pad, blocks), answer in zip(cases, answers, strict=True):
        rect = box_at([Box(*row) for row in rows], pts, pad_pct=pad)
        assert answer == [rect.left, rect.top, rect.right, rect.bottom, block_px(rect.right - rect.left, blocks)]
