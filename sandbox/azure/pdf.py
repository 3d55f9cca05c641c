"""A tiny but valid PDF of an invoice."""

from sandbox.azure.invoices import Invoice


def invoice_pdf(invoice: Invoice) -> bytes:
    """One page with the number, the amount and the status."""
    words = f"Invoice {invoice.number}: {invoice.amount} {invoice.currency}, {invoice.status}"
    text = words.encode("latin-1", "replace").translate(None, b"()\\")
    drawing = b"BT /F1 14 Tf 40 780 Td (" + text + b") Tj ET"
    return _pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )


def _pdf(*objects: bytes) -> bytes:
    """Number the objects from 1 and write the table of where each begins."""
    out = b"%PDF-1.4\n"
    table = b"0000000000 65535 f \n"
    for number, content in enumerate(objects, start=1):
        table += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    return out + b"xref\n0 %d\n" % size + table + trailer
