"""How many single changes to the code and its data the tests notice, on a sample with a fixed seed.

python -m tools.mutation map                 which test runs which line: the suite once, with coverage contexts
python -m tools.mutation map --seed N        the same for the files of that sample alone, in half the time
python -m tools.mutation run --seed N        a sample over all rooms; a table by room and the list of what survived
python -m tools.mutation show --seed N 7     the seventh change of that sample, as a diff

mutmut 3 changes functions only, takes no sample with a seed and no data files; cosmic-ray runs one command for every
change. Here a change is tried against the tests that run its line, most specific first, until one fails.
"""
