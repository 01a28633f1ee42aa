"""Documents to text: PDF, DOCX, OFD, HTML and plain text, each character with its place.

``read_document`` takes bytes and tells the format by what they are, not by their name. The
libraries come with the extra ``documents``; whatever needs one that is not there says so.
"""

from haihe.feed.document.read import ReadDocument, read_document

__all__ = ["ReadDocument", "read_document"]
