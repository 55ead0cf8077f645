"""Webhooks: the queue's events, posted to platforms by Standard Webhooks (https://www.standardwebhooks.com).

A webhook is a doorbell: it comes at least once, in no certain order, and the feed of events stays the truth.
docs/platform.md says what receivers get and how they check it.

Which endpoints there are is in endpoints.py; what waits for each, when it is tried and when it is given up in
deliveries.py; the posts themselves, and the loop that a server runs, in sending.py.
"""
