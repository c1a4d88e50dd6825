"""Which alerts are one question: the same consignor, mark and day."""

import hashlib
import json
from datetime import datetime

from inference.parties import company_key
from service.scans.declarations import Declaration


def group_of(declaration: Declaration | None, mark_id: str, at: datetime) -> str | None:
    """The key that such alerts share, or None if no consignor is declared: strangers are no group."""
    consignor = None if declaration is None else declaration.consignor
    if consignor is None:
        return None
    identifiers = sorted((item.type, item.value) for item in consignor.identifiers)
    who = identifiers or company_key(consignor.name or "")
    if not who:
        return None
    text = json.dumps([who, mark_id, at.date().isoformat()], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
