"""An address as a QR code, drawn in SVG for a page or a sheet of paper (ISO/IEC 18004)."""

import segno


def qr_svg(address: str) -> str:
    """An `svg` element without a size: its page sets one. Error correction level Q: a quarter of
    the code can be unreadable."""
    return str(segno.make_qr(address, error="q").svg_inline(omitsize=True, border=4, light="#fff"))
