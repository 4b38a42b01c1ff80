"""What a test tells the emulator, below /eap-test/, and the way of requests for a gateway to the API behind it.

POST /eap-test/rollouts  {"outcome": "completes" | "crashes" | "unhealthy" | "stalls" | "alarms", "pace": seconds, "image": part of
                         the images it is about, "container", "exit_code", "stopped_reason", "container_reason", "log": [lines]}; what is left out stays
POST /eap-test/gateway   {"forward_to": "http://127.0.0.1:PORT" or null}
POST /eap-test/registry  the same, for what is below /v2/
POST /eap-test/refusals  {"call": action of an API that speaks JSON, or "METHOD /path", "code", "message", "times", and
                         "about" for those alone whose body has that text}; so many of such calls are refused from now on
POST /eap-test/losses    {"call": "METHOD /path", "lost": "request" | "answer", "seconds"}; one such call is answered 503 after so many
                         seconds, not carried out or carried out; GET /eap-test/losses says how many are to come
POST /eap-test/late-logs {"bucket", "times"}; so many times a log comes in when the bucket is to be deleted
POST /eap-test/quotas    {"db_instances": as many as there may be}
POST /eap-test/blobs     {"content": text}; answers its digest, by which GET /eap-test/blobs/DIGEST gives it back
"""

import http.client
import io
import json
from functools import partial
from urllib.parse import quote, urlsplit

from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug.wrappers import Request, Response

from . import ecr, gateways, losses, quotas, rollouts, s3

# These speak about one connection, not about the request.
HOP_BY_HOP = {"connection", "content-length", "host", "keep-alive", "transfer-encoding", "upgrade"}
SECONDS_FOR_AN_ANSWER = 30

_gateway: dict[str, str | None] = {"forward_to": None}
_registry: dict[str, str | None] = {"forward_to": None}
_refusals: list[dict] = []


def apply() -> None:
    DomainDispatcherApplication.__call__ = _listening(DomainDispatcherApplication.__call__)


def _listening(call):
    def wrapped(self, environ, start_response):
        if environ.get("PATH_INFO", "").startswith("/eap-test/"):
            return _obey(Request(environ))(environ, start_response)
        host = environ.get("HTTP_HOST", "")
        if gateways.is_for_one(host):
            return _through_the_gateway(Request(environ), host)(environ, start_response)
        if _is_for_the_registry(environ) and _registry["forward_to"]:
            return _forward(Request(environ), _registry)(environ, start_response)
        refusal = _refusal_of(environ)
        if refusal is not None:
            return refusal(environ, start_response)
        loss = losses.taken(_line_of(environ))
        if loss is not None:
            return losses.lose(loss, partial(call, self), environ)(environ, start_response)
        return call(self, environ, start_response)

    return wrapped


def _obey(request: Request) -> Response:
    orders = {"/eap-test/rollouts": rollouts.order, "/eap-test/blobs": ecr.keep}
    orders |= {"/eap-test/gateway": _set(_gateway), "/eap-test/registry": _set(_registry), "/eap-test/refusals": _refuse}
    orders |= {"/eap-test/quotas": quotas.order, "/eap-test/losses": losses.order, "/eap-test/late-logs": s3.order}
    if request.method == "GET" and request.path == "/eap-test/losses":
        return _json(200, losses.to_come())
    content = ecr.blob(request.path.removeprefix("/eap-test/blobs/"))
    if request.method == "GET" and content is not None:
        return Response(content)
    if request.method != "POST" or request.path not in orders:
        return _json(404, {"error": f"no {request.method} {request.path}"})
    try:
        return _json(200, orders[request.path](json.loads(request.get_data())))
    except ValueError as error:
        return _json(400, {"error": str(error)})


def _set(way: dict):
    def set_to(wanted: dict) -> dict:
        if set(wanted) != {"forward_to"}:
            raise ValueError("give forward_to and nothing else")
        way.update(wanted)
        return dict(way)

    return set_to


def _refuse(wanted: dict) -> dict:
    wanted = {"about": "", **wanted}
    if set(wanted) != {"call", "code", "message", "times", "about"}:
        raise ValueError("give call, code, message, times, and about where it matters")
    _refusals[:] = [known for known in _refusals if known["call"] != wanted["call"]]
    _refusals.append(wanted)
    return wanted


def _refusal_of(environ) -> Response | None:
    """The answer to a call that is to be refused, in the words of its API."""
    target = environ.get("HTTP_X_AMZ_TARGET", "").split(".")[-1]
    line = _line_of(environ)
    for refusal in _refusals:
        if refusal["times"] > 0 and refusal["call"] in (target, line) and refusal["about"] in _body_of(environ):
            refusal["times"] -= 1
            code, message = refusal["code"], refusal["message"]
            if target:
                return _json(400, {"__type": code, "message": message})
            text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
            return Response(text, 400, content_type="application/xml")
    return None


def _line_of(environ) -> str:
    return f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"


def _body_of(environ) -> str:
    """Read, and put back for who answers the call."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body.decode(errors="replace")


def _is_for_the_registry(environ) -> bool:
    # API Gateway's own paths begin alike; what AWS is asked is signed.
    signed = environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4-")
    return environ.get("PATH_INFO", "").startswith("/v2/") and not signed


def _through_the_gateway(request: Request, host: str) -> Response:
    obstacle = gateways.obstacle(host)
    if obstacle is not None:
        return _json(obstacle[0], {"message": obstacle[1]})
    return _forward(request, _gateway)


def _forward(request: Request, way: dict) -> Response:
    if way["forward_to"] is None:
        return _json(503, {"message": "Service Unavailable"})
    target = urlsplit(way["forward_to"])
    headers = {name: value for name, value in request.headers if name.lower() not in HOP_BY_HOP}
    # The path comes decoded; what had to be encoded has to be so again.
    path = quote(request.path) + (f"?{request.query_string.decode()}" if request.query_string else "")
    connection = http.client.HTTPConnection(target.hostname, target.port, timeout=SECONDS_FOR_AN_ANSWER)
    try:
        connection.request(request.method, path, request.get_data() or None, headers)
        answer = connection.getresponse()
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP]
        return Response(answer.read(), answer.status, kept)
    except (OSError, http.client.HTTPException):
        return _json(503, {"message": "Service Unavailable"})
    finally:
        connection.close()


def _json(status: int, content: dict) -> Response:
    return Response(json.dumps(content), status, content_type="application/json")
