"""Word lists of our own, beside WordNet: opposites, exclusive sets, converses, synonyms."""
