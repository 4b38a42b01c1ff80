"""What a test tells the emulator, below /eap-test/, and the way of requests for a gateway to the API behind it.

POST /eap-test/rollouts  {"outcome": "completes" | "crashes" | "unhealthy" | "stalls", "pace": seconds, "image": part of
                         the images it is about, "container", "exit_code", "stopped_reason", "container_reason", "log": [lines]}; what is left out stays
POST /eap-test/gateway   {"forward_to": "http://127.0.0.1:PORT" or null}
POST /eap-test/blobs     {"content": text}; answers its digest, by which GET /eap-test/blobs/DIGEST gives it back
"""

import http.client
import json
from urllib.parse import quote, urlsplit

from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from werkzeug.wrappers import Request, Response

from . import ecr, rollouts

# These speak about one connection, not about the request.
HOP_BY_HOP = {"connection", "content-length", "host", "keep-alive", "transfer-encoding", "upgrade"}
SECONDS_FOR_AN_ANSWER = 30

_gateway: dict[str, str | None] = {"forward_to": None}


def apply() -> None:
    DomainDispatcherApplication.__call__ = _listening(DomainDispatcherApplication.__call__)


def _listening(call):
    def wrapped(self, environ, start_response):
        if environ.get("PATH_INFO", "").startswith("/eap-test/"):
            return _obey(Request(environ))(environ, start_response)
        if ".execute-api." in environ.get("HTTP_HOST", ""):
            return _forward(Request(environ))(environ, start_response)
        return call(self, environ, start_response)

    return wrapped


def _obey(request: Request) -> Response:
    orders = {"/eap-test/rollouts": rollouts.order, "/eap-test/gateway": _set_gateway, "/eap-test/blobs": ecr.keep}
    content = ecr.blob(request.path.removeprefix("/eap-test/blobs/"))
    if request.method == "GET" and content is not None:
        return Response(content)
    if request.method != "POST" or request.path not in orders:
        return _json(404, {"error": f"no {request.method} {request.path}"})
    try:
        return _json(200, orders[request.path](json.loads(request.get_data())))
    except ValueError as error:
        return _json(400, {"error": str(error)})


def _set_gateway(wanted: dict) -> dict:
    if set(wanted) != {"forward_to"}:
        raise ValueError("give forward_to and nothing else")
    _gateway.update(wanted)
    return dict(_gateway)


def _forward(request: Request) -> Response:
    if _gateway["forward_to"] is None:
        return _json(503, {"message": "Service Unavailable"})
    target = urlsplit(_gateway["forward_to"])
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
