"""Narrative that is safe to show. https://hl7.org/fhir/R4/narrative.html"""

import pytest

from esante.validation.domain.narrative import EMPTY, narrative_problem

GOOD = [
    "<p>Bonjour <b>Ada</b> &amp; co &#233;</p>",
    '<table class="grid" style="color: red"><tr><td colspan="2" xml:lang="fr">a</td></tr></table>',
    '<a href="https://hl7.org">HL7</a><a href="#x">b</a><a name="y">c</a>',
    '<a href="Patient/1">p</a><img src="#photo" alt="x"/><img src="data:image/png;base64,AA"/>',
    '<p style="background-image: url(trait.png)">a</p>',
    "<pre>a\n  b</pre><hr/><br/>",
]
BAD = [
    "<script>alert(1)</script>",
    "<p onclick='x()'>a</p>",
    "<p ONCLICK='x()'>a</p>",
    '<a href="javascript:x()">a</a>',
    '<a href=" java\tscript:x()">a</a>',
    '<a href="JAVASCRIPT:x()">a</a>',
    '<a href="data:text/html,x">a</a>',
    '<a href="vbscript:x">a</a>',
    '<img src="https://exemple.org/suivi.gif"/>',
    '<img src="//exemple.org/suivi.gif"/>',
    '<img src="data:text/html,x"/>',
    '<img src="x" srcset="https://exemple.org/suivi.gif"/>',
    "<iframe src='x'>a</iframe>",
    "<object data='x'>a</object>",
    "<form action='x'>a</form>",
    "<input value='x'/>",
    "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "<link rel='stylesheet' href='x'/>",
    "<style>p {}</style>",
    "<base href='x'/>",
    "<meta content='x'/>",
    '<p style="background: url(https://exemple.org/a.png)">a</p>',
    '<p style="background: url(&quot;//exemple.org/a.png&quot;)">a</p>',
    '<p style="width: expression(x())">a</p>',
    '<p style="b/**/ehavior: url(x)">a</p>',
    '<p style="background: u\\72l(https://exemple.org)">a</p>',
    "<p>&nbsp;</p>",
    "<p>a</b>",
    "<p>a",
    "<?php x ?><p>a</p>",
    "<x:p xmlns:x='urn:x'>a</x:p>",
]


def div(content: str) -> str:
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{content}</div>'


@pytest.mark.parametrize("content", GOOD)
def test_allowed(content: str) -> None:
    assert narrative_problem(div(content)) is None


@pytest.mark.parametrize("content", BAD)
def test_refused(content: str) -> None:
    assert narrative_problem(div(content)) not in (None, EMPTY)


@pytest.mark.parametrize(
    "text",
    [
        "bonjour",
        "",
        "<div>sans espace de noms</div>",
        '<p xmlns="http://www.w3.org/1999/xhtml">a</p>',
        '<!DOCTYPE div [<!ENTITY a "b">]>' + div("&a;"),
        '<!DOCTYPE div SYSTEM "file:///etc/passwd">' + div("a"),
        div("a") + div("b"),
        '<body xmlns="http://www.w3.org/1999/xhtml">a</body>',
    ],
)
def test_not_one_div(text: str) -> None:
    assert narrative_problem(text) not in (None, EMPTY)


def test_empty() -> None:
    assert narrative_problem(div(" \n <p> </p>")) == EMPTY
