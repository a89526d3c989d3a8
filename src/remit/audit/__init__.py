"""What happened, provably: typed records, one log, receipts."""
