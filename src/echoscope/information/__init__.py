"""What a sequence of symbols holds, measured without any training: its information, by lag and by
context, and what simple rules predict of it.
"""
