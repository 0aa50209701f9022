"""JSON Merge Patch: members to set, null for members to remove.
https://www.rfc-editor.org/rfc/rfc7396
"""

from typing import Any


def apply_merge_patch(document: Any, patch: Any) -> Any:
    """A copy of the document with the members of the patch. Lists are replaced, not merged."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = apply_merge_patch(merged.get(name), value)
    return merged
