"""What every page is held to, seen by the browser itself."""

import os
from collections.abc import Sequence
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from portal.tests.browser.person import DESK, PHONE

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What another size or scheme of the same page can change; the rest stands in its HTML, and is asked once.
LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
NARROW = {"width": 320, "height": 700}
# The script comes by the debugger: a script tag would be stopped by our own policy.
AXE = """async (only) => {
  const found = await axe.run(document, {runOnly: only, resultTypes: ["violations"]});
  const where = nodes => nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(" | ");
  return found.violations.map(v => `${v.id}: ${v.help}: ${where(v.nodes)}`);
}"""
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const out = [...document.querySelectorAll("body *")].filter(
    e => e.getBoundingClientRect().right > width + 1 && !e.closest(".scroll"));
  return out.slice(-3).map(e => e.outerHTML.slice(0, 120));
}"""
# Links inside a sentence may be as high as their line; what stands alone may not.
ALONE = (
    ".button, .act, nav a, .crumbs a, button, summary, .menu a, select, textarea,"
    " input:not([type=hidden]):not(.tile input)"
)
TOO_SMALL = """(alone) => {
  const small = e => {
    const box = (e.closest("label") || e).getBoundingClientRect();
    return box.width > 0 && (box.height < 43.5 || box.width < 24);
  };
  const shown = e => e.checkVisibility({visibilityProperty: true}) && !e.closest("[aria-hidden=true]");
  const found = [...document.querySelectorAll(alone)].filter(e => shown(e) && small(e));
  return found.slice(0, 5).map(e => `${Math.round(e.getBoundingClientRect().height)} px: ${e.outerHTML.slice(0, 120)}`);
}"""


def faults(page: Page, code: str = "") -> list[str]:
    """Everything wrong with the page that is open: on a phone in the light, on a desk in the dark, without reloading.

    The colours of light and dark come by the same names (test_palettes measures each pair), and
    `test_every_page` looks at the other two where it matters.
    """
    found = _in_words(page, code)
    for size, scheme, rules in ((PHONE, "light", []), (DESK, "dark", [] if os.environ.get("LONG") else LOOKS)):
        found += seen(page, size, scheme, rules)
        found += [f"{size['width']} px, too wide: {html}" for html in page.evaluate(TOO_WIDE)]
        found += [f"{size['width']} px, too small: {html}" for html in page.evaluate(TOO_SMALL, ALONE)]
    page.set_viewport_size(NARROW)
    return found + [f"320 px, too wide: {html}" for html in page.evaluate(TOO_WIDE)]


def seen(page: Page, size: dict[str, int], scheme: Literal["light", "dark"], rules: Sequence[str] = ()) -> list[str]:
    """What axe-core finds on the page that is open, in one size and one scheme of colours; by these rules or by all."""
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": TAGS}
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    return [f"{size['width']} px, {scheme}: {line}" for line in page.evaluate(AXE, only)]


def _in_words(page: Page, code: str) -> list[str]:
    """The title says page and course, and there is one main heading."""
    found = []
    headings, title = page.locator("h1").count(), page.title()
    if headings != 1:
        found.append(f"{headings} h1")
    if code and not title.endswith(f" · {code}"):
        found.append(f"the title {title!r} does not name the course")
    if len(title.removesuffix(f" · {code}")) < 4:
        found.append(f"the title {title!r} does not name the page")
    return found
