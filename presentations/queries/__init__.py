"""What the pages of presentations show; nothing is written here."""
