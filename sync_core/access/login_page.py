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
        notice=_NOTICE.format(words=html.escape(notice)) if notice else "",
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


def logout_page(*, proof: str) -> str:
    body = _LOGOUT.format(
        question=html.escape(_("Do you want to log out?")),
        proof=html.escape(proof),
        button=html.escape(_("Log out")),
        back=html.escape(_("Back to the pages")),
    )
    return _page(_("Log out"), body)


def notice_page(title: str, words: str) -> str:
    return _page(title, _NOTICE.format(words=html.escape(words)))


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
