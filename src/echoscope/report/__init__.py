"""A report: everything that a study's records say, as one page that needs no network, or as
Markdown.
"""

from echoscope.report.document import Document
from echoscope.report.pages import KINDS, check_file, write_document
from echoscope.report.study import document_of

__all__ = ["KINDS", "Document", "check_file", "document_of", "write_document"]
