"""The year as a calendar: a column a week, Saturday on top, a cell a day with its runs."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from pages._parts import html
from sync_core.base.i18n import _, direction, is_rtl
from sync_core.base.jalali import MONTHS, WEEKDAYS, jalali_date

WEEKS = 53
SATURDAY = 5
END = "after-the-calendar"
STEPS = (1, 5, 20, 100)
"""So many runs and more are one shade darker."""

MARKS = {"success": "", "attention": "·", "failed": "!"}
"""Beside the colour."""

Outcomes = tuple[int, int]
"""Runs that succeeded, and that failed."""


def first_day(today: date) -> date:
    """The Saturday of the first week that is shown."""
    return _week_of(today) - timedelta(weeks=WEEKS - 1)


def calendar(days: Mapping[date, Outcomes], today: date) -> str:
    """The newest week stands at the right, as in the charts, and a narrow screen begins there."""
    newest = _week_of(today)
    weeks = [newest - timedelta(weeks=number) for number in range(WEEKS)]
    if not is_rtl():
        weeks.reverse()
    head = "".join(f"<td>{_month_of(week)}</td>" for week in weeks)
    rows = "".join(_row(number, weeks, days, today) for number in range(7))
    label = _("Runs of the last year, a cell a day")
    return (
        f'{_way_past()}<div class="hg-box hg-calendar-box" dir="{direction()}" role="region"'
        f' tabindex="0" aria-label="{html.text(label)}">'
        f'<table class="hg-calendar">{html.caption(label)}<thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{_legend()}"
        f'<span id="{END}"></span>'
    )


def _way_past() -> str:
    """A year may be hundreds of links: the keyboard need not go through all of them."""
    told = html.text(_("Go past the calendar"))
    return f'<a class="hg-past" href="#{END}">{told}</a>'


def _row(number: int, weeks: list[date], days: Mapping[date, Outcomes], today: date) -> str:
    """`number`: days after Saturday."""
    name = html.text(_(WEEKDAYS[(SATURDAY + number) % 7]))
    cells = "".join(_cell(week + timedelta(days=number), days, today) for week in weeks)
    return f'<tr><th scope="row">{name}</th>{cells}</tr>'


def _cell(day: date, days: Mapping[date, Outcomes], today: date) -> str:
    if day > today:
        return "<td></td>"
    good, bad = days.get(day, (0, 0))
    title = _("{day}: {good} successful, {bad} failed").format(
        day=jalali_date(day), good=good, bad=bad
    )
    tone = _tone(good, bad)
    shade = sum(good + bad >= step for step in STEPS)
    mark = MARKS[tone]
    address = f"runs?period=own&amp;from={day}&amp;to={day}"
    told = html.text(title)
    body = "<i></i>"
    if shade:
        body = f'<a href="{address}" target="_self" aria-label="{told}">{mark}</a>'
    return f'<td class="hg-{tone} hg-shade-{shade}" title="{told}">{body}</td>'


def _tone(good: int, bad: int) -> str:
    if not bad:
        return "success"
    return "attention" if good >= bad else "failed"


def _legend() -> str:
    words = [
        ("success", 2, _("all successful")),
        ("attention", 4, _("some failed")),
        ("failed", 4, _("most failed")),
        ("success", 0, _("no run")),
    ]
    return f'<div class="hg-meta hg-legend">{"".join(_sample(*each) for each in words)}</div>'


def _sample(tone: str, shade: int, word: str) -> str:
    cell = f'<b class="hg-{tone} hg-shade-{shade}" aria-hidden="true">{MARKS[tone]}</b>'
    return f"<span>{cell}{html.text(word)}</span>"


def _month_of(week: date) -> str:
    """The month's name above the week in which it begins."""
    for day in _days(week):
        _year, month, number = map(int, jalali_date(day).split("/"))
        if number == 1:
            return f"<span>{html.text(_(MONTHS[month - 1]))}</span>"
    return ""


def _days(week: date) -> Iterator[date]:
    return (week + timedelta(days=number) for number in range(7))


def _week_of(day: date) -> date:
    return day - timedelta(days=(day.weekday() - SATURDAY) % 7)
