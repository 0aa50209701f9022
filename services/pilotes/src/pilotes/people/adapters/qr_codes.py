"""An address as a QR code, drawn in SVG for a page or a sheet of paper (ISO/IEC 18004)."""

import segno


def qr_svg(address: str) -> str:
    """An `svg` element that takes the size its page gives it. A quarter of it may be stained."""
    return str(segno.make_qr(address, error="q").svg_inline(omitsize=True, border=4, light="#fff"))
