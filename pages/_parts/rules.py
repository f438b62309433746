"""The rules of quality in words: what each one is, what it means, and what to do about it."""

from dataclasses import dataclass

from sync_core.base import rules
from sync_core.base.i18n import N_, _


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    meaning: str
    todo: str


MEND_THERE = N_("Have it corrected in Golestan; the next sync brings what is right.")

RULES = {
    rules.NATIONAL_CODE: (
        N_("Wrong national code"),
        N_("It has not ten digits, or its last digit does not follow from the others."),
        MEND_THERE,
    ),
    rules.MOBILE: (
        N_("Malformed mobile number"),
        N_("It is not eleven digits that begin with 09, so nobody can be called or texted by it."),
        MEND_THERE,
    ),
    rules.PHONE: (
        N_("Malformed phone number"),
        N_(
            "It is not eleven digits that begin with 0: a mobile, or a landline with its area code."
        ),
        MEND_THERE,
    ),
    rules.SHARED_NUMBER: (
        N_("Personnel number of several people"),
        N_("Several people have the same one: a slip, or one person under two national codes."),
        N_("Look at both people, and have the wrong number or the second entry removed."),
    ),
    rules.DUPLICATE: (
        N_("Perhaps the same person twice"),
        N_("Another row holds the same in all of these columns."),
        N_("Compare both people. If they are one, have the second entry closed in Golestan."),
    ),
    rules.PROVINCE: (
        N_("Province not known"),
        N_("No province was sent, or none that is in the list of provinces."),
        N_("Have the department or the province corrected in Golestan."),
    ),
    rules.ARABIC_LETTERS: (
        N_("Arabic letters in a name"),
        N_("Arabic ي or ك stands where Persian has ی and ک. The search here finds both."),
        N_("Nothing here. Other programs that compare names may miss these people."),
    ),
    rules.NO_KEY: (
        N_("Records without a key"),
        N_("The gateway sent them without a valid national code or student number."),
        N_("Look at the rejected records of that run, and have the number entered in Golestan."),
    ),
    rules.EMPTY_COLUMNS: (
        N_("Columns that hold nothing"),
        N_("Nobody who is reported now has a value there."),
        N_("Ask the gateway's team whether it still sends them."),
    ),
    rules.NEW_FIELDS: (
        N_("Fields that appeared"),
        N_("The gateway began to send them after the first run. No column takes them up."),
        N_("Tell the technical team: a new column may be worth having."),
    ),
    rules.GONE_FIELDS: (
        N_("Fields that went"),
        N_("The gateway has sent them before, and the newest records do not have them."),
        N_("Ask the gateway's team whether that is meant; a column that needs them gets empty."),
    ),
    rules.TOTALS: (
        N_("Rows against the gateway"),
        N_("After a sync of everything there must be as many rows as people whom it reports."),
        N_("Have the IT team run “sync” with “--verify”: it compares every row with the gateway."),
    ),
}


def rule_title(rule: str) -> str:
    """A rule of tomorrow is called by its name."""
    return words_of(rule).title


def words_of(rule: str) -> Words:
    title, meaning, todo = RULES.get(rule, (rule, "", ""))
    return Words(_(title), _(meaning) if meaning else "", _(todo) if todo else "")
