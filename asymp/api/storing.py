"""Options that make sense with a store only."""

from __future__ import annotations

from typing import Any

from asymp.errors import InvalidParameter


def require_store(store: Any, chunk: Any, overwrite: bool) -> None:
    """Refuse what means nothing without a store."""
    if store is None and (chunk is not None or overwrite):
        raise InvalidParameter("chunk and overwrite are about a store: give store= too")
