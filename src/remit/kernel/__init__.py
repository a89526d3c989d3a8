"""What every other part stands on: time, chance, ids, errors, secrets, canonical forms."""
