"""The portal as people meet it: real Chromium, real addresses, the shipped static files."""
