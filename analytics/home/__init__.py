"""What the home page says to a visitor, to a member, and to staff."""
