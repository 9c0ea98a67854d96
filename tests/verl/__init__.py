"""Evaluation of the verification layer: labelled data, scores, a baseline, and the targets."""
