"""One file a kind: what a document of it means, compared with what is there."""
