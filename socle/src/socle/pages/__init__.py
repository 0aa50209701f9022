"""The page kit of every service: one template, one style, texts in French and English.

    pages = Pages("gateway", "pages")   # the folder `pages` of that package
    app.add_middleware(PageRequests)    # language, account state and address of the request
    pages.answer("compte/page.html", session=session)

A page is a folder with its templates, `texts.toml` (French) and `texts.en.toml` (English). A
template extends `base.html`, which has the header, the navigation and the footer, and fills `title`
and `content`; `t.name` is one of its texts.
"""

from socle.pages.errors import (
    ERROR_TYPES,
    error_answer,
    problem_of,
    problem_sentence,
)
from socle.pages.languages import LANGUAGES, Language
from socle.pages.page_request import (
    ROLE_PAGES,
    PageRequest,
    PageRequests,
    Visitor,
    answering,
    page_request,
    page_request_of,
)
from socle.pages.rendering import (
    BRIEFLY,
    FOR_A_MINUTE,
    NOT_CACHED,
    Pages,
)
from socle.pages.sessions import SESSION_FIELD, check_session
from socle.pages.static_files import SITE_FILES, StaticFiles
from socle.pages.texts import TextCatalogue, Texts, typeset

__all__ = [
    "BRIEFLY",
    "ERROR_TYPES",
    "FOR_A_MINUTE",
    "LANGUAGES",
    "NOT_CACHED",
    "ROLE_PAGES",
    "SESSION_FIELD",
    "SITE_FILES",
    "Language",
    "PageRequest",
    "PageRequests",
    "Pages",
    "StaticFiles",
    "TextCatalogue",
    "Texts",
    "Visitor",
    "answering",
    "check_session",
    "error_answer",
    "page_request",
    "page_request_of",
    "problem_of",
    "problem_sentence",
    "typeset",
]
