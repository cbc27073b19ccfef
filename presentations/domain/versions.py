"""What a form showed, as a mark that it sends back: so that an older tab undoes nothing unseen."""

import hashlib
import json


def of(shown: object) -> str:
    """The mark of something shown: texts, numbers, lists and dictionaries of these."""
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]
