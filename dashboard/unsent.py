"""Changes of open pages that Panel holds for good: sent after all.

While a page's websocket is busy, Panel keeps changes and sends them in a task of their own. Where
the task before ends in the very turn of the event loop in which a change is kept, it takes away
the mark that the new task looks for, and the change waits until the page changes again: "One
moment ..." stays for ever (Panel 1.9.4, `panel.io.document._dispatch_msgs`).
"""

from __future__ import annotations

from panel.io import document as sending

UNSENT_MS = 250
"""How often kept changes are looked for: nobody waits for words longer than that."""


def send_unsent() -> None:
    """Send what is kept and marked for no task. Call it on the server's event loop."""
    for document in [kept for kept in sending._WRITE_MSGS if kept not in sending._WRITE_BLOCK]:
        sending._WRITE_BLOCK[document] = True
        sending._dispatch_write_task(document, sending._dispatch_msgs, document)
