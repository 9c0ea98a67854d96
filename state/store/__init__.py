"""Reads and writes states, facts and the change log: the only SQL that does.

Empty: Django loads the backends in here before there are any models.
"""
