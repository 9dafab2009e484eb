"""The question “Can I build here?” and its answer."""
