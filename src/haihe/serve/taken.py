"""What a body of records may be, as the document of the API says it."""

from typing import Final

from haihe.feed.attachment import FILE_BYTES_MAX
from haihe.feed.door import TEXT_MAX
from haihe.model.entity import ID_MAX
from haihe.model.stream import FIELDS_MAX
from haihe.serve.kinds import NUMBER_MAX, OFFSET_MAX
from haihe.serve.settings import BODY_LIMIT

KEY_MAX: Final = 200  # Ours: characters of an Idempotency-Key; a UUID has 36.
AT_ONCE_MAX: Final = 1 << 20  # Ours: records of one body; 64 MiB hold no more of the smallest.
_OBSERVED: Final = {
    "anyOf": [
        {"type": "string", "maxLength": 40},
        {"type": "integer", "minimum": 0, "maximum": OFFSET_MAX},
    ]
}
_VALUE: Final = {
    "anyOf": [
        {"type": "number", "minimum": -NUMBER_MAX, "maximum": NUMBER_MAX},
        {"type": "string", "maxLength": TEXT_MAX},
        {"type": "null"},
    ]
}
_RECORD: Final = {
    "type": "object",
    "required": ["entity"],
    "properties": {
        "entity": {"type": "string", "minLength": 1, "maxLength": ID_MAX},
        "observed_at": _OBSERVED,
    },
    "additionalProperties": _VALUE,
    "maxProperties": FIELDS_MAX + 2,
}
# What a body of records may be, and what each is in the document.
TAKEN: Final[dict[str, object]] = {
    "application/json": {
        "anyOf": [_RECORD, {"type": "array", "items": _RECORD, "maxItems": AT_ONCE_MAX}]
    },
    "application/x-ndjson": {"type": "string", "maxLength": BODY_LIMIT},
    "application/vnd.v2x.uper-hex": {"type": "string", "maxLength": BODY_LIMIT},
    "application/vnd.apache.arrow.stream": {
        "type": "string",
        "format": "binary",
        "maxLength": BODY_LIMIT,
    },
}
KEY_HEADER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": KEY_MAX, "pattern": "^[!-~]*$"},
}
FILE: Final = {"type": "string", "format": "binary", "maxLength": FILE_BYTES_MAX}
