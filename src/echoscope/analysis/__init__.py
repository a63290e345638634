"""What runs say together, over their seeds: from one group's standing to the findings of a
study.
"""
