"""JSON Merge Patch: the members to be, null for those that are to go.
https://www.rfc-editor.org/rfc/rfc7396
"""

from typing import Any


def apply_merge_patch(document: Any, patch: Any) -> Any:
    """The document with the patch's members in place of its own; lists are replaced whole. The one
    given is left as it was."""
    if not isinstance(patch, dict):
        return patch
    kept = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = apply_merge_patch(kept.get(name), value)
    return kept
