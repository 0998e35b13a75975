"""Many answers become one, with a probability for every element; and how far each contributor can be trusted.

Knows nothing of Django: answers come in as flows and votes, skills as plain data.
"""
