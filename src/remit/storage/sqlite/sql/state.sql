-- name: insert_document
INSERT INTO document (tenant, kind, id, name, revision, body) VALUES (?, ?, ?, ?, 1, ?)
ON CONFLICT DO NOTHING;

-- name: replace_document
UPDATE document SET name = ?, revision = revision + 1, body = ?
WHERE tenant = ? AND kind = ? AND id = ? AND revision = ?;

-- name: give_name
INSERT INTO document_name (tenant, kind, name, id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: find_owner_of_name
SELECT id FROM document_name WHERE tenant = ? AND kind = ? AND name = ?;

-- name: find_revision
SELECT revision FROM document WHERE tenant = ? AND kind = ? AND id = ?;

-- name: insert_claim
INSERT INTO claim (tenant, space, key, until) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING;

-- name: purge_claims
DELETE FROM claim WHERE (tenant, space, key) IN (
    SELECT tenant, space, key FROM claim INDEXED BY claim_until WHERE until < ? LIMIT ?
);

-- name: raise_watermark
INSERT INTO watermark (tenant, target, value) VALUES (?, ?, 1)
ON CONFLICT (tenant, target) DO UPDATE SET value = value + 1;

-- name: lift_watermark
INSERT INTO watermark (tenant, target, value) VALUES (?, ?, ?)
ON CONFLICT (tenant, target) DO UPDATE SET value = excluded.value;

-- name: find_watermark
SELECT value FROM watermark WHERE tenant = ? AND target = ?;

-- name: count_up
INSERT INTO counter (tenant, counter, value) VALUES (?, ?, 1)
ON CONFLICT (tenant, counter) DO UPDATE SET value = value + 1 WHERE value < ?;

-- name: list_documents
SELECT tenant, kind, id, name, revision, body FROM document WHERE kind = ? ORDER BY number;

-- name: list_all_documents
SELECT tenant, kind, id, name, revision, body FROM document ORDER BY number;

-- name: list_names
SELECT tenant, kind, name, id FROM document_name;

-- name: list_watermarks
SELECT tenant, target, value FROM watermark;

-- name: list_counters
SELECT tenant, counter, value FROM counter;

-- name: list_claims
SELECT tenant, space, key, until FROM claim;

-- name: list_tenants
SELECT tenant FROM document UNION SELECT tenant FROM watermark UNION SELECT tenant FROM counter
UNION SELECT tenant FROM claim;
