"""Label Studio: drafts are pushed as tasks with predictions, annotations come back as corrections.

How a draft looks there and how regions become sentences again is in tasks.py (pure), how the server is spoken to in
client.py, what keeps both sides in step in exchange.py.
"""
