"""A page as a person reads and uses it, by Streamlit's AppTest. Times run in no browser."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

Open = Callable[..., AppTest]


def settled(app: AppTest) -> AppTest:
    """No exception of ours or of Streamlit's is on the screen."""
    assert not app.exception
    assert not [error.value for error in app.error if "این صفحه با خطا" in error.value]
    return app


def words(app: AppTest) -> str:
    """Everything that a person can read, own HTML included."""
    own = [element.proto.body for element in app.get("html")]
    kinds = (
        "title",
        "header",
        "subheader",
        "caption",
        "markdown",
        "error",
        "warning",
        "success",
        "info",
    )
    return "\n".join([*own, *(found.value for kind in kinds for found in getattr(app, kind))])


def confirmed(app: AppTest, opener: str, button: str) -> AppTest:
    """AppTest runs the whole page where a browser runs the dialog: its opener is pressed again."""
    app.button(key=opener).click()
    app.button(key=button).click()
    return settled(app.run())


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}
