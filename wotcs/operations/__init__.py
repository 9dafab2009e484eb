"""Figures about this installation: `subjects` lists them; `inspect_db`, /healthz and /readyz show them."""
