"""Pure functions over sentences: what a text says, and whether another text says it too.

No Django, no network, no model weights. The dictionary is WordNet (Miller 1995, Fellbaum 1998).
"""
