"""From schemes to money: the register of books, enterprises' files, applications, awards.

``Office`` is the ledger that holds all of it as a fold over the log; ``stand`` tells from it what
every enterprise may have now, and keeps that current with every change.
"""
