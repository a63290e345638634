"""A report: everything that a study's runs say, as one page that needs no network, or as
Markdown.
"""

from echoscope.report.build import document_of
from echoscope.report.document import Document
from echoscope.report.write import KINDS, check_file, write_document

__all__ = ["KINDS", "Document", "check_file", "document_of", "write_document"]
