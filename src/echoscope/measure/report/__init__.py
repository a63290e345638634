"""What is made of a memory report: sentences, tables, pictures, a page, a card, JSON."""
