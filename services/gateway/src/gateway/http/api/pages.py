"""The gateway's own pages: templates and texts in `gateway/pages`, filters of the API reference."""

from typing import Final

from markupsafe import Markup, escape

from socle.pages import Language, Pages, typeset


def code_spans(text: str, language: Language = "fr") -> Markup:
    """A text of Markdown with its code spans as elements, and everything else typeset."""
    parts = text.split("`")
    return Markup().join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(typeset(part, language))
        for at, part in enumerate(parts)
    )


def _named(prefix: str, name: str, otherwise: str) -> str:
    """The text `<prefix>_<name>` of the documentation, else `<prefix>_other`, else `otherwise`."""
    texts = PAGES.texts("documentation")
    return texts.get(f"{prefix}_{name}", texts.get(f"{prefix}_other", otherwise))


def service_name(service: str) -> str:
    """A service as people name it."""
    return _named("service", service, service)


def scheme_name(scheme: str) -> str:
    """What a caller needs for a security scheme of the contract."""
    return _named("scheme", scheme, scheme)


def example_credentials(scheme: str) -> str:
    """Where the credentials of an example come from."""
    return _named("example", scheme, scheme)


PAGES: Final = Pages(
    "gateway",
    "pages",
    filters={
        "code_spans": code_spans,
        "service_name": service_name,
        "scheme_name": scheme_name,
        "example_credentials": example_credentials,
    },
)
"""The renderer of the gateway's pages."""
