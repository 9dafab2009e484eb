"""PostgreSQL where the ORM ends: many rows in one go, and locks that die with their holder. No models, no app's words."""
