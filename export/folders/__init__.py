"""Folder exchange, for platforms that ingest files: drafts go out and corrections come in as files of one folder.

    <folder>/out/<draft_id>/draft.json, …, manifest.json       written by `push`
    <folder>/out/<draft_id>/correction.json, reviews.json      with those, where the draft was corrected before
    <folder>/out/<draft_id>/forgotten.json                     in place of all that, where it has to be erased
    <folder>/out/events/<number>.jsonl                         what became of the drafts since
    <folder>/in/<draft_id>/<revision>.json                     written by the platform, read by `pull`
    <folder>/in/<draft_id>/<revision>.receipt.json             what `pull` made of it
    <folder>/reconciliation.json                               what was sent, is held, came back

The folder lies on a disk or in an object store. What it is, and how it is reached, is in places.py; the way out in
outgoing.py, the way in in incoming.py, events in news.py, forgetting in erasing.py, the count in counting.py. What
a killed process left unfinished the next one finishes, and doing anything twice changes nothing.
"""
