"""Documents as payers publish them, made for tests: a PDF and a Word document."""

import zipfile
from collections.abc import Sequence
from pathlib import Path


def pdf(path: Path, pages: Sequence[Sequence[str]]) -> Path:
    """Write a PDF with these lines on its pages; a page without lines has only a rectangle, as a scan has a picture."""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for at, lines in enumerate(pages):
        shown = "".join(f"({line}) Tj T*\n" for line in lines)
        drawn = f"BT /F1 11 Tf 72 720 Td 14 TL\n{shown}ET" if lines else "72 72 400 600 re f"
        resources = "<< /Font << /F1 3 0 R >> >>"
        page = f"/Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources {resources} /Contents {5 + 2 * at} 0 R"
        objects += [f"<< {page} >>", f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream"]
    written, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n{each}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
    written += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()
    path.write_bytes(written)
    return path


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(path: Path, body: str, *, beside: str = "") -> Path:
    """Write a Word document with this body; its style `berschrift1` is a heading, as a German Word names it."""
    style = '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"{beside}<w:document {_W}><w:body>{body}</w:body></w:document>")
        archive.writestr("word/styles.xml", f"<w:styles {_W}>{style}</w:styles>")
    return path


def paragraph(text: str, style: str = "") -> str:
    """Write a paragraph of a Word document."""
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{named}<w:r><w:t>{text}</w:t></w:r></w:p>"
