"""What runs say together, over their seeds: from the accuracy of one group to the findings of a
study.
"""
