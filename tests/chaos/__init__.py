"""Everything fails at once, for minutes, and in the end the books must balance.

``make chaos`` runs it for three minutes, CI for one; ``python -m tests.chaos --help`` tells more.
"""
