"""Attacks on the separation of who took part and what was said, as someone with the whole database would run them."""
