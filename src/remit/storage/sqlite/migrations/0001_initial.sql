-- The control state, the audit log beside it, and what identifies the installation.

CREATE TABLE installation (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    instance TEXT NOT NULL,
    incarnation INTEGER NOT NULL CHECK (incarnation >= 1),
    restored_at INTEGER
) STRICT;

-- One log for each incarnation. Records of all logs share one sequence, without gaps.
CREATE TABLE audit_log (
    number INTEGER PRIMARY KEY,
    log TEXT NOT NULL UNIQUE,
    first_sequence INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE audit_record (
    sequence INTEGER PRIMARY KEY,
    event TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    agent TEXT,
    at INTEGER NOT NULL,
    leaf BLOB NOT NULL
) STRICT;

CREATE INDEX audit_record_type ON audit_record (type);
CREATE INDEX audit_record_agent ON audit_record (agent) WHERE agent IS NOT NULL;
CREATE INDEX audit_record_at ON audit_record (at);

-- Completed nodes of every eighth level of the Merkle tree; the leaves are the records themselves.
CREATE TABLE audit_node (
    log INTEGER NOT NULL REFERENCES audit_log (number),
    level INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (log, level, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_checkpoint (
    log INTEGER NOT NULL REFERENCES audit_log (number),
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    note BLOB NOT NULL,
    PRIMARY KEY (log, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
    number INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    body BLOB NOT NULL,
    UNIQUE (tenant, kind, id),
    UNIQUE (tenant, kind, name)
) STRICT;

-- Every name that was ever given, so that nobody is given it again.
CREATE TABLE document_name (
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (tenant, kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE watermark (
    tenant TEXT NOT NULL,
    target TEXT NOT NULL,
    value INTEGER NOT NULL CHECK (value >= 1),
    PRIMARY KEY (tenant, target)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER watermark_only_grows BEFORE UPDATE ON watermark WHEN new.value <= old.value
BEGIN
    SELECT raise(ABORT, 'a watermark is never lowered');
END;

CREATE TRIGGER watermark_stays BEFORE DELETE ON watermark
BEGIN
    SELECT raise(ABORT, 'a watermark is never lowered');
END;

CREATE TABLE claim (
    tenant TEXT NOT NULL,
    space TEXT NOT NULL,
    key TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (tenant, space, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX claim_until ON claim (until);

CREATE TABLE counter (
    tenant TEXT NOT NULL,
    counter TEXT NOT NULL,
    value INTEGER NOT NULL CHECK (value >= 1),
    PRIMARY KEY (tenant, counter)
) STRICT, WITHOUT ROWID;
