"""How the models of the offline set are trained: one command each, resumable, on one thread.

Nothing else in the product imports this package, and it alone imports the corpus, `benchmarks.synthetic`.
"""
