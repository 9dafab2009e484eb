"""A member's bases: registering, editing, permissions, activity."""
