"""A button is one line: `reject = act(contract.reject, form=RejectForm)`."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.actions import action
from flask_wtf import FlaskForm

from ..workflows.machine import Transition


def act(
    transition: Transition, form: type[FlaskForm] | None = None, *, bulk: bool = False, is_light: bool = False
) -> Any:
    """Show a verb of a workflow as a button of a screen, with its own permission.

    form: what the verb asks, on a page of its own; none when it asks nothing.
    bulk: whether it may be fired on several chosen rows at once; what it has to know is asked once for all of them.
    is_light: nothing hangs on it, so that several rows are taken without a question.
    """

    def button(_screen: Any, _items: Any) -> None:
        raise RuntimeError("screens fire verbs through Screen.fire")  # pragma: no cover - never the framework's way

    button.__name__ = transition.verb
    button.transition, button.form = transition, form  # type: ignore[attr-defined]
    button.bulk, button.is_light = bulk, is_light  # type: ignore[attr-defined]
    return action(transition.verb, transition.label, transition.confirm, transition.icon, multiple=bulk, single=True)(
        button
    )
