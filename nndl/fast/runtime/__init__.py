"""How the twins are compiled, stored, warmed up and shared among threads."""
