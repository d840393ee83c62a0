"""The STAC extensions that the catalog uses, as JSON Schemas of the fields it writes.

The published schemas are not shipped with any package, and tests need no network. These say what
the extensions' texts say of our fields, and refuse every other field under their prefixes.
"""

from __future__ import annotations

from typing import Any

NUMBERS = {"type": "array", "items": {"type": "number"}}
CLASS = {
    "type": "object",
    "required": ["value", "name"],
    "additionalProperties": False,
    "properties": {
        "value": {"type": "integer"},
        "name": {"type": "string", "pattern": "^[0-9A-Za-z-_]+$"},
        "description": {"type": "string"},
        "color_hint": {"type": "string", "pattern": "^[0-9A-Fa-f]{6}$"},
        "nodata": {"type": "boolean"},
    },
}

FIELDS: dict[str, dict[str, Any]] = {
    "https://stac-extensions.github.io/projection/v2.0.0/schema.json": {
        "proj:code": {"type": "string", "pattern": "^EPSG:[0-9]+$"},
        "proj:bbox": {**NUMBERS, "minItems": 4, "maxItems": 4},
        "proj:shape": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        "proj:transform": {**NUMBERS, "minItems": 6, "maxItems": 6},
    },
    "https://stac-extensions.github.io/file/v2.1.0/schema.json": {
        "file:checksum": {"type": "string", "pattern": "^1220[a-f0-9]{64}$"},
        "file:size": {"type": "integer", "minimum": 1},
    },
    "https://stac-extensions.github.io/processing/v1.1.0/schema.json": {
        "processing:level": {"type": "string", "pattern": "^L[0-4]"},
        "processing:lineage": {"type": "string", "minLength": 1},
        "processing:software": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "https://stac-extensions.github.io/classification/v2.0.0/schema.json": {
        "classification:classes": {"type": "array", "minItems": 1, "items": CLASS},
    },
}


def schemas() -> dict[str, dict[str, Any]]:
    """JSON Schemas by the URLs under which an item declares its extensions."""
    return {url: _schema(url, fields) for url, fields in FIELDS.items()}


def _schema(url: str, fields: dict[str, Any]) -> dict[str, Any]:
    prefix = next(iter(fields)).split(":")[0]
    known = {
        "type": "object",
        "properties": fields,
        "patternProperties": {f"^(?!{prefix}:)": {}},
        "additionalProperties": False,
    }
    many = {"type": "object", "additionalProperties": known}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": url,
        "type": "object",
        "required": ["stac_extensions"],
        "properties": {
            "stac_extensions": {"contains": {"const": url}},
            "properties": known,
            "assets": many,
            "providers": {"type": "array", "items": known},
        },
    }
