"""The live layer: what open pages show, and the frames that keep them so."""
