"""Light or dark: a form without a page of its own."""
