"""axe-core in the page that is open: what is a serious fault, in our markup or in Streamlit's."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

SCRIPT = files("axe_playwright_python") / "axe.min.js"

OURS = ".hg, .hg-box, [class*=hamgam-], body > main"
"""Our own markup: the pieces on the pages, who is logged in, and the plain pages of the login."""

SERIOUS = {"serious", "critical"}


@dataclass(frozen=True, slots=True)
class Known:
    """A fault of Streamlit's own elements that is not ours to mend; and why it stays."""

    rule: str
    selector: str
    reason: str


STREAMLITS = (
    Known("list", "[data-testid=stSidebarNav]", "The sections of the navigation are divs in a ul."),
    Known("listitem", "[data-testid=stSidebarNav]", "For the same reason its items have no list."),
    Known(
        "color-contrast",
        ":has(:disabled) > [data-testid=stWidgetLabel]",
        "The label of a disabled field is faint; WCAG exempts what is disabled.",
    ),
    Known(
        "scrollable-region-focusable",
        "[data-testid=stCode]",
        "A long code block scrolls, and has no stop for the keyboard; it can be copied and, where "
        "it is a log, downloaded.",
    ),
)

# Behind a dialog nothing must scroll: what flows over the root, which has no height, is hidden, and
# axe would take the dialog for hidden as well.
_RUN = """async ([rules, known, ours]) => {
  document.documentElement.style.overflow = "visible";
  const options = { resultTypes: ["violations"] };
  if (rules.length) options.runOnly = { type: "rule", values: rules };
  const { violations } = await axe.run(document, options);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => {
    const element = document.querySelector(node.target.at(-1));
    const match = known.findIndex(([rule, where]) => rule === id && element?.closest(where));
    const told = [...node.any, ...node.all, ...node.none].map((each) => each.message).join(" ");
    return { rule: id, impact: node.impact, known: match, ours: !!element?.closest(ours),
      told: `${id}: ${node.target.join(" ")}: ${told}` };
  }));
}"""


def faults(page: Page, *rules: str) -> tuple[list[str], set[Known]]:
    """Serious faults that are not known to be Streamlit's, in words; and which of those occur.

    `rules`: only these; all of them where none is named.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    places = [[known.rule, known.selector] for known in STREAMLITS]
    found: list[dict[str, Any]] = page.evaluate(_RUN, [list(rules), places, OURS])
    serious = [each for each in found if each["impact"] in SERIOUS]
    excused = [each for each in serious if each["known"] >= 0 and not each["ours"]]
    return (
        [each["told"] for each in serious if each not in excused],
        {STREAMLITS[each["known"]] for each in excused},
    )
