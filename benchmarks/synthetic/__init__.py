"""Synthetic speech in four languages with the truth beside it: what the offline models learn from, and tests hear.

Everything is made from a seed and kept nowhere: the same seed gives the same samples on another machine.
`python -m benchmarks.synthetic --help` writes a part of it to a folder.
"""
