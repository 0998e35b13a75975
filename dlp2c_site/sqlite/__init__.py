"""SQLite as this site uses it: many writers that wait for each other, each with the same chance."""
