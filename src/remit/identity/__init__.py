"""Who acts: principals, the platforms that vouch for them, and the proofs that they bring."""
