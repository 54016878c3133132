"""Errors in OpenAI's shape: a status, and a body that names the field."""

from __future__ import annotations

from starlette.exceptions import HTTPException

from burnish.errors import BurnishError, ModelError, RegistryError, StorageError
from burnish.serve.engine import EngineError
from burnish.serve.wire import Fault, FaultAnswer

TYPES = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
         405: "invalid_request_error", 408: "invalid_request_error", 413: "invalid_request_error", 415: "invalid_request_error",
         429: "rate_limit_error"}  # fmt: skip


class Refused(HTTPException):
    """A request that gets an error answer. As an HTTPException it also passes where the framework reads a body."""

    def __init__(
        self, status: int, message: str, *, param: str | None = None, code: str | None = None, retry: int | None = None
    ) -> None:
        """Keep the parts of the answer; `retry` is in seconds."""
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code
        self.retry = retry
        self.headers: dict[str, str] = {} if retry is None else {"Retry-After": str(retry)}
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"

    def body(self) -> str:
        """Return the JSON of the answer."""
        fault = Fault(message=self.message, type=TYPES.get(self.status, "server_error"), param=self.param, code=self.code)
        return FaultAnswer(error=fault).model_dump_json()


def refused(error: BurnishError, param: str | None) -> Refused:
    """Return a fault of burnish as an answer: the engine's (502) and a version that cannot be loaded (500) are ours, others the request's."""
    if isinstance(error, EngineError):
        return Refused(502, str(error), code="engine_failed")
    if isinstance(error, ModelError | RegistryError | StorageError):
        return Refused(500, str(error), code="version_not_served")
    return Refused(400, str(error), param=param, code="invalid_value")


def no_model(name: str, known: str) -> Refused:
    """Return the answer for a model name that means nothing."""
    message = f"The model `{name}` does not exist; there are: {known}"
    return Refused(404, message, param="model", code="model_not_found")


def too_long(prompt_tokens: int, context: int, param: str, of_rows: int = 0) -> Refused:
    """Return the answer for a prompt that leaves no room for an answer; `of_rows` of its tokens are rows that the version carries."""
    alone = f"the prompt alone has {prompt_tokens}" + (
        f" ({of_rows} of them are rows that the version carries)" if of_rows else ""
    )
    message = f"This model's maximum context length is {context} tokens, and {alone}; shorten it"
    return Refused(400, message, param=param, code="context_length_exceeded")
