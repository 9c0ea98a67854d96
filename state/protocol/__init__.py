"""HTTP as the contract speaks it, for any server: a Call comes in, an Answer goes out.

Both doors (DRF and the fast lane) parse and render here, so their answers are the same bytes.
"""
