"""What tests about the game are made of: `rows` of the database, and `answers` of the API."""
