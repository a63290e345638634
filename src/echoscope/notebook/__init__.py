"""What a notebook shows of results: tables and pictures as a report has them."""
