"""The login and logout pages, as plain HTML without scripts. They decide nothing."""

import html

from sync_core.base.i18n import _, direction, language

_PAGE = """<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" type="image/svg+xml" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/login.css">
</head>
<body>
<main>
<header><img src="/assets/icon.svg" alt="" width="48" height="48">
<h1>{product}</h1>
<p>{tagline}</p></header>
{body}
</main>
</body>
</html>
"""

_LOGIN = """<form method="post" action="/login">
{notice}
<input type="hidden" name="form" value="{form}">
<input type="hidden" name="next" value="{target}">
<label for="name">{name_label}</label>
<input id="name" name="name" value="{name}" required maxlength="100" dir="ltr"
 autocomplete="username" autocapitalize="none" spellcheck="false"{name_focus}>
<label for="password">{password_label}</label>
<input id="password" name="password" type="password" required maxlength="1000" dir="ltr"
 autocomplete="current-password"{password_focus}>
<button type="submit">{button}</button>
</form>"""

_CHANGE = """<form method="post" action="/password">
<p>{purpose}</p>
{notice}
<input type="hidden" name="form" value="{form}">
<input name="name" value="{name}" autocomplete="username" dir="ltr" readonly hidden>
<label for="password">{present_label}</label>
<input id="password" name="password" type="password" required maxlength="1000" dir="ltr"
 autocomplete="current-password" autofocus>
<label for="new">{new_label}</label>
<input id="new" name="new" type="password" required minlength="10" maxlength="1000" dir="ltr"
 autocomplete="new-password">
<label for="again">{again_label}</label>
<input id="again" name="again" type="password" required maxlength="1000" dir="ltr"
 autocomplete="new-password">
<button type="submit">{button}</button>
{leave}
</form>"""

_LOGOUT = """<form method="post" action="/logout">
<p>{question}</p>
<input type="hidden" name="proof" value="{proof}">
<button type="submit">{button}</button>
<a class="quiet" href="/">{back}</a>
</form>"""

_NOTICE = '<p class="notice" role="alert">{words}</p>'


def login_page(*, form: str, target: str, name: str = "", notice: str = "") -> str:
    focus = " autofocus"
    body = _LOGIN.format(
        notice=_notice(notice),
        form=html.escape(form),
        target=html.escape(target),
        name=html.escape(name[:100]),
        name_label=html.escape(_("User name")),
        password_label=html.escape(_("Password")),
        button=html.escape(_("Log in")),
        name_focus="" if name else focus,
        password_focus=focus if name else "",
    )
    return _page(_("Log in"), body)


def password_page(*, form: str, name: str, first: bool, notice: str = "") -> str:
    """`first`: the person was given a password and has to choose one before anything else."""
    purpose = (
        _("The password that you were given may be used once. Choose one that only you know.")
        if first
        else _("You will be logged out everywhere else.")
    )
    address, leave = ("/logout", _("Log out")) if first else ("/", _("Back to the pages"))
    body = _CHANGE.format(
        purpose=html.escape(purpose),
        notice=_notice(notice),
        form=html.escape(form),
        name=html.escape(name),
        present_label=html.escape(_("Present password")),
        new_label=html.escape(_("New password")),
        again_label=html.escape(_("New password again")),
        button=html.escape(_("Change the password")),
        leave=f'<a class="quiet" href="{address}">{html.escape(leave)}</a>',
    )
    return _page(_("Change the password"), body)


def logout_page(*, proof: str) -> str:
    body = _LOGOUT.format(
        question=html.escape(_("Do you want to log out?")),
        proof=html.escape(proof),
        button=html.escape(_("Log out")),
        back=html.escape(_("Back to the pages")),
    )
    return _page(_("Log out"), body)


def notice_page(title: str, words: str) -> str:
    return _page(title, _notice(words))


def _notice(words: str) -> str:
    return _NOTICE.format(words=html.escape(words)) if words else ""


def _page(title: str, body: str) -> str:
    product = _("Hamgam")
    return _PAGE.format(
        language=language(),
        direction=direction(),
        title=html.escape(f"{title} — {product}"),
        product=html.escape(product),
        tagline=html.escape(_("Keeping the university's data in step")),
        body=body,
    )
