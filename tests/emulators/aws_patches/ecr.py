"""ECR: contents of images. moto keeps manifests only; `POST /eap-test/blobs` brings what they name."""

import hashlib

from moto.core.responses import ActionResult
from moto.ecr.responses import ECRResponse

_blobs: dict[str, str] = {}


def apply() -> None:
    ECRResponse.get_download_url_for_layer = get_download_url_for_layer


def get_download_url_for_layer(self) -> ActionResult:
    digest = self._get_param("layerDigest")
    host = self.headers["Host"]
    return ActionResult({"downloadUrl": f"http://{host}/eap-test/blobs/{digest}", "layerDigest": digest})


def keep(wanted: dict) -> dict:
    """Keeps a content, and says its digest."""
    if set(wanted) != {"content"}:
        raise ValueError("give content and nothing else")
    content = wanted["content"]
    digest = "sha256:" + hashlib.sha256(content.encode()).hexdigest()
    _blobs[digest] = content
    return {"digest": digest}


def blob(digest: str) -> str | None:
    return _blobs.get(digest)
