"""Users: who may sign in, as what; passwords are said once and kept nowhere."""

from __future__ import annotations

from typing import Any

import panel as pn
from panel.viewable import Viewable

from dashboard.access import ROLES, USER
from dashboard.look import Fields, pane, table
from dashboard.pages.admin.desk import Desk


def users_tab(desk: Desk) -> list[Viewable]:
    """The list, a form to add, a form to change."""
    shown = pane("")
    add = Fields(
        label="Add a user",
        fields=[
            {"name": "name", "label": "Name", "kind": "text", "maxLength": 64, "required": True,
             "help": "Small letters, digits and . _ @ + -, as people type it to sign in."},
            {"name": "role", "label": "Role", "kind": "select", "options": list(ROLES)},
            {"name": "elsewhere", "label": "Password", "kind": "checks",
             "options": [{"value": "yes", "label": "none: signs in elsewhere (OAuth)"}]},
            {"name": "add", "label": "Add the user", "kind": "button"},
        ],
        values={"name": "", "role": USER, "elsewhere": []},
    )  # fmt: skip
    change = Fields(label="Change a user", fields=_change_fields([]), values={"role": USER})

    def look() -> None:
        users = desk.acts.access.users.all()
        rows = [
            (user.name, user.role, "scrypt" if user.password else "none, signs in elsewhere",
             user.since)
            for user in users.values()
        ]  # fmt: skip
        heads = ("name", "role", "password", "since")
        shown.object = table(heads, rows, caption="Who may sign in")
        change.fields = _change_fields(list(users))
        if change.values.get("name") not in users:
            change.values = {**change.values, "name": next(iter(users), "")}

    async def added(_: Any) -> None:
        name, role = str(add.values.get("name") or ""), str(add.values.get("role") or "")
        elsewhere = "yes" in (add.values.get("elsewhere") or [])
        done = await desk.do(
            lambda: desk.acts.add_user(desk.who, name, role, elsewhere),
            lambda password: _password(name, password),
        )
        if done:
            add.values = {**add.values, "name": ""}
            look()

    async def changed(_: Any) -> None:
        name, role = str(change.values.get("name") or ""), str(change.values.get("role") or "")
        acts, who = desk.acts, desk.who
        match change.pressed:
            case "set":
                await desk.do(
                    lambda: acts.set_role(who, name, role), lambda _: f"{name} is {role}."
                )
            case "reset":
                if desk.meant(f"reset {name}", f"Press again to give {name} another password."):
                    await desk.do(
                        lambda: acts.reset_password(who, name), lambda told: _password(name, told)
                    )
            case "remove":
                if desk.meant(f"remove {name}", f"Press again to remove {name}."):
                    await desk.do(
                        lambda: acts.remove_user(who, name), lambda _: f"{name} was removed."
                    )
        look()

    add.param.watch(added, "pressed")
    change.param.watch(changed, "pressed")
    look()
    new = pn.Column(pane("<h2>Add a user</h2>"), add, sizing_mode="stretch_width")
    other = pn.Column(pane("<h2>Change a user</h2>"), change, sizing_mode="stretch_width")
    return [shown, new, other]


def _change_fields(names: list[str]) -> list[dict[str, Any]]:
    return [
        {"name": "name", "label": "User", "kind": "select", "options": names},
        {"name": "role", "label": "New role", "kind": "select", "options": list(ROLES)},
        {"name": "set", "label": "Set the role", "kind": "button"},
        {"name": "reset", "label": "New password", "kind": "button"},
        {"name": "remove", "label": "Remove", "kind": "button"},
    ]


def _password(name: str, password: str) -> str:
    if not password:
        return f"{name} may sign in elsewhere now."
    return f"Hand this over to {name}; it is said only now. Password: {password}"
