"""The one place that takes secrets out of text that is logged, stored or shown."""

import re

_PATTERNS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',;]+"), r"\1 ***"),
    (re.compile(r"://[^/\s:@]*:[^/\s@]*@"), "://***@"),
    (
        re.compile(
            r"(?i)(\"?(?:password|passwd|pwd|token|secret|authorization|api_?key)\"?\s*[:=]\s*)"
            r"(\"[^\"]*\"|'[^']*'|[^\s,;&}]+)"
        ),
        r"\1***",
    ),
)
_known: set[str] = set()


def keep_secret(*values: str) -> None:
    """Whatever `redact` sees of these from now on is hidden; values too short to tell are not."""
    _known.update(value for value in values if len(value) >= 4)


def redact(text: str) -> str:
    for value in _known:
        text = text.replace(value, "***")
    for pattern, shown in _PATTERNS:
        text = pattern.sub(shown, text)
    return text
