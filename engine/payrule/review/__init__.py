"""What a reviewer asks of documents: what differs between two of them, and whether a payer's policies hold together.

Imports everything below it; `analysis` is handed the engine that replays its witnesses from here.
"""
