-- name: insert_record
INSERT INTO audit_record (sequence, event, type, agent, at, leaf) VALUES (?, ?, ?, ?, ?, ?);

-- name: insert_node
INSERT INTO audit_node (log, level, position, hash) VALUES (?, ?, ?, ?);

-- name: insert_checkpoint
INSERT INTO audit_checkpoint (log, number, size, note)
SELECT ?1, 1 + ifnull(max(number), 0), ?2, ?3 FROM audit_checkpoint WHERE log = ?1;

-- name: thin_checkpoints
DELETE FROM audit_checkpoint
WHERE log = ?1 AND number % ?2 != 0
AND number <= (SELECT max(number) FROM audit_checkpoint WHERE log = ?1) - ?3;

-- name: insert_installation
INSERT INTO installation (only, instance, incarnation, restored_at) VALUES (1, ?, ?, ?);

-- name: begin_incarnation
UPDATE installation SET incarnation = ?, restored_at = ? WHERE only = 1;

-- name: insert_log
INSERT INTO audit_log (number, log, first_sequence) VALUES (?, ?, ?);

-- name: find_installation
SELECT instance, incarnation, restored_at FROM installation WHERE only = 1;

-- name: list_logs
SELECT number, log, first_sequence FROM audit_log ORDER BY number;

-- name: find_last_sequence
SELECT max(sequence) FROM audit_record;

-- name: list_leaves
SELECT leaf FROM audit_record WHERE sequence >= ? AND sequence < ? ORDER BY sequence;

-- name: list_node_hashes
SELECT hash FROM audit_node
WHERE log = ? AND level = ? AND position >= ? AND position < ? ORDER BY position;

-- name: list_nodes
SELECT level, position, hash FROM audit_node WHERE log = ?
ORDER BY (position + 1) << level, level;

-- name: list_entries
SELECT sequence, event, type, agent, at, leaf FROM audit_record
WHERE sequence >= ? AND sequence < ? ORDER BY sequence;

-- name: find_entry
SELECT sequence, event, type, agent, at, leaf FROM audit_record WHERE event = ?;

-- name: list_checkpoints
SELECT number, size, note FROM audit_checkpoint WHERE log = ? ORDER BY number;

-- name: find_newest_checkpoint
SELECT number, size, note FROM audit_checkpoint WHERE log = ? ORDER BY number DESC LIMIT 1;

-- name: list_newest_entries
SELECT sequence, event, type, agent, at, leaf FROM audit_record
WHERE (?1 IS NULL OR agent = ?1) AND (?2 IS NULL OR type = ?2)
AND (?3 IS NULL OR at >= ?3) AND (?4 IS NULL OR at < ?4) AND (?5 IS NULL OR sequence < ?5)
ORDER BY sequence DESC LIMIT ?6;

-- name: list_newest_entries_of_agent
SELECT sequence, event, type, agent, at, leaf FROM audit_record INDEXED BY audit_record_agent
WHERE agent = ?1 AND (?2 IS NULL OR type = ?2)
AND (?3 IS NULL OR at >= ?3) AND (?4 IS NULL OR at < ?4) AND (?5 IS NULL OR sequence < ?5)
ORDER BY sequence DESC LIMIT ?6;

-- name: list_newest_entries_of_type
SELECT sequence, event, type, agent, at, leaf FROM audit_record INDEXED BY audit_record_type
WHERE type = ?2 AND (?1 IS NULL OR agent = ?1)
AND (?3 IS NULL OR at >= ?3) AND (?4 IS NULL OR at < ?4) AND (?5 IS NULL OR sequence < ?5)
ORDER BY sequence DESC LIMIT ?6;

-- name: list_entries_after
SELECT sequence, event, type, agent, at, leaf FROM audit_record
WHERE sequence > ? ORDER BY sequence LIMIT ?;
