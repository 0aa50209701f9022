"""Parses a JSON object again in which only some strings have changed."""

from esante.core.domain.json_parser import JsonObject, Span, scan_value


def reparse(parsed: JsonObject, text: str) -> JsonObject:
    """The object that `text` is, of which only members with a changed text are parsed.

    `text`: that of `parsed`, with other contents in some of its strings, none of which is the name
    of a member.
    """
    value, spans = dict(parsed.value), dict(parsed.spans)
    shift = 0  # of what follows the members so far
    for name, (name_at, start, end) in parsed.spans.items():
        at, written = start + shift, parsed.text[start:end]
        after = at + len(written)
        # No JSON value with strings is the beginning of another one.
        if not text.startswith(written, at):
            value[name], after = scan_value(text, at)
        spans[name] = Span(name_at + shift, at, after)
        shift = after - end
    return JsonObject(text, value, spans)
