"""Label Studio: drafts are pushed as tasks with predictions, annotations come back as corrections.

How a draft looks there and how regions become sentences again is in tasks.py (pure), how the server is spoken to in
client.py, which of its projects shows what in place.py. push.py, pull.py and reviews.py keep both sides in step.
"""
