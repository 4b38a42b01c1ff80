"""Calls that get lost on their way: a request that AWS never sees, or an answer that nobody hears.

A test finds out by `GET /eap-test/losses` when the call is under way, and can end its caller meanwhile.
"""

import time

from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

WAYS = ("request", "answer")

_losses: list[dict] = []


def order(wanted: dict) -> dict:
    if set(wanted) != {"call", "lost", "seconds"} or wanted["lost"] not in WAYS:
        raise ValueError(f"give call, seconds, and lost, which is one of {', '.join(WAYS)}")
    _losses.append(wanted)
    return wanted


def to_come() -> dict:
    """Those that are still to be lost, or about to be: a call whose answer is lost counts until it is carried out."""
    return {"to_come": sum(not loss.get("lost_by_now") for loss in _losses)}


def taken(line: str) -> dict | None:
    """The order about a call of this method and path, once."""
    found = next((loss for loss in _losses if loss["call"] == line and not loss.get("taken")), None)
    if found is not None:
        found["taken"] = True
    return found


def lose(loss: dict, application, environ) -> Response:
    if loss["lost"] == "answer":
        run_wsgi_app(application, environ, buffered=True)
    loss["lost_by_now"] = True
    time.sleep(loss["seconds"])
    return Response("", 503)
