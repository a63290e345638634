"""The lab: a page on this computer where memory is seen and tried."""
