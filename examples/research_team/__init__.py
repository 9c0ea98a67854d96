"""A Master, a Supervisor and Researchers that answer questions from a folder of text."""
