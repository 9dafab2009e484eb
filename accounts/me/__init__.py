"""A person's own pages: the profile, the garage, the export, and leaving."""
