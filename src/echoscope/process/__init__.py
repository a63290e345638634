"""How a process that computes is begun: with which switches, which compiled programs, and again."""
