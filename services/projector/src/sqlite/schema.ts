/**
 * The tables of a projection. Amounts are INTEGER (a 64-bit word holds every amount and position); a
 * party's net position is the sum over its edges, has no such bound, and is a decimal TEXT;
 * hashes, keys and ids are the texts that the log uses. Every table that the log determines is listed
 * in `PROJECTED_TABLES` with its key: these are what a rebuild must give again, byte for byte.
 */
export const SCHEMA_VERSION = 3;

export const PROJECTION_SCHEMA = `
CREATE TABLE cursor (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  size INTEGER NOT NULL,             -- events of the log that the rows include
  at INTEGER NOT NULL,               -- decision time of the last of them
  erasing INTEGER NOT NULL           -- 1 while an erasure's files are still to be rewritten
) STRICT;
INSERT INTO cursor VALUES (1, 0, 0, 0);
CREATE TABLE snapshots (stream TEXT PRIMARY KEY, size INTEGER NOT NULL, state TEXT NOT NULL) STRICT;
CREATE TABLE checkpoints (
  size INTEGER PRIMARY KEY, root TEXT NOT NULL, state_hash TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE TABLE streams (
  stream TEXT PRIMARY KEY, is_book INTEGER NOT NULL, revision INTEGER NOT NULL
) STRICT;
CREATE TABLE keys (
  party TEXT NOT NULL, key TEXT NOT NULL, roles TEXT NOT NULL, not_before INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, revoked_at INTEGER, event TEXT NOT NULL, PRIMARY KEY (party, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE balances (
  party TEXT NOT NULL, denomination TEXT NOT NULL, net TEXT NOT NULL,
  PRIMARY KEY (party, denomination)
) STRICT, WITHOUT ROWID;
CREATE TABLE edges (
  edge TEXT PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL, denomination TEXT NOT NULL,
  limit_a INTEGER NOT NULL, limit_b INTEGER NOT NULL, balance INTEGER NOT NULL,
  held_from_a INTEGER NOT NULL, held_from_b INTEGER NOT NULL, rate_bps INTEGER NOT NULL,
  haircut_bps INTEGER NOT NULL, expires_at INTEGER NOT NULL, grace_ms INTEGER NOT NULL,
  state_sequence INTEGER NOT NULL,   -- of the newest state that both ends signed, or 0
  disputed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX edges_a ON edges (a);
CREATE INDEX edges_b ON edges (b);
CREATE TABLE holds (
  voucher TEXT PRIMARY KEY, intent TEXT NOT NULL, edge TEXT NOT NULL, payer TEXT NOT NULL,
  payee TEXT NOT NULL, denomination TEXT NOT NULL, amount INTEGER NOT NULL, fee INTEGER NOT NULL,
  at INTEGER NOT NULL, expires_at INTEGER NOT NULL, status TEXT NOT NULL, budget TEXT, period TEXT,
  note_index INTEGER, event TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX holds_payer ON holds (payer);
CREATE INDEX holds_payee ON holds (payee);
CREATE INDEX holds_event ON holds (event);
CREATE TABLE hops (
  voucher TEXT PRIMARY KEY, intent TEXT NOT NULL, part TEXT NOT NULL, side TEXT NOT NULL,
  status TEXT NOT NULL, edge TEXT NOT NULL, payer TEXT NOT NULL, payee TEXT NOT NULL,
  denomination TEXT NOT NULL, amount INTEGER NOT NULL, fee INTEGER NOT NULL, probe INTEGER NOT NULL,
  acknowledged INTEGER NOT NULL, incoming TEXT, outgoing TEXT, held_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL, at INTEGER NOT NULL, reason TEXT, event TEXT NOT NULL,
  end_event TEXT                     -- what the reason comes from
) STRICT, WITHOUT ROWID;
CREATE INDEX hops_intent ON hops (intent);
CREATE INDEX hops_payer ON hops (payer);
CREATE INDEX hops_payee ON hops (payee);
CREATE INDEX hops_event ON hops (event);
CREATE INDEX hops_end_event ON hops (end_event);
CREATE TABLE budgets (
  budget TEXT PRIMARY KEY, principal TEXT NOT NULL, agent TEXT NOT NULL, denomination TEXT NOT NULL,
  cap INTEGER NOT NULL, available INTEGER NOT NULL, committed INTEGER NOT NULL, spent INTEGER NOT NULL,
  window_start INTEGER NOT NULL, window_end INTEGER NOT NULL, tier INTEGER NOT NULL,
  period_index INTEGER NOT NULL, parent TEXT, policy_salt TEXT NOT NULL, policy_digest TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX budgets_principal ON budgets (principal);
CREATE INDEX budgets_agent ON budgets (agent);
CREATE TABLE categories (
  budget TEXT NOT NULL, category INTEGER NOT NULL, name TEXT NOT NULL, ceiling INTEGER NOT NULL,
  cap INTEGER NOT NULL, available INTEGER NOT NULL, committed INTEGER NOT NULL, spent INTEGER NOT NULL,
  PRIMARY KEY (budget, category)
) STRICT, WITHOUT ROWID;
CREATE TABLE tasks (
  budget TEXT NOT NULL, task TEXT NOT NULL, cap INTEGER NOT NULL, available INTEGER NOT NULL,
  committed INTEGER NOT NULL, spent INTEGER NOT NULL, PRIMARY KEY (budget, task)
) STRICT, WITHOUT ROWID;
CREATE TABLE periods (
  period TEXT PRIMARY KEY, budget TEXT NOT NULL, period_index INTEGER NOT NULL,
  first_size INTEGER NOT NULL,       -- size of the log before the period's first event
  count INTEGER NOT NULL, status TEXT NOT NULL, closed_at INTEGER,
  closed_index INTEGER,              -- dense log index of PeriodClosed
  leaves_root TEXT, tokens_root TEXT, summary_commitment TEXT, attestation TEXT,
  UNIQUE (budget, period_index)
) STRICT, WITHOUT ROWID;
CREATE TABLE notes (
  period TEXT NOT NULL, note_index INTEGER NOT NULL, status TEXT NOT NULL, voucher TEXT NOT NULL,
  category INTEGER NOT NULL, regime INTEGER NOT NULL, spend INTEGER NOT NULL, at INTEGER NOT NULL,
  authorization TEXT NOT NULL, salt TEXT NOT NULL, commitment TEXT NOT NULL, core TEXT NOT NULL,
  payer TEXT NOT NULL, payee TEXT NOT NULL, seq INTEGER, event TEXT NOT NULL,
  items TEXT,                        -- payments of a batch note as JSON, NULL for a single note
  PRIMARY KEY (period, note_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX notes_event ON notes (event);
CREATE TABLE entries (
  log_index INTEGER NOT NULL, leg INTEGER NOT NULL, event TEXT NOT NULL, at INTEGER NOT NULL,
  kind TEXT NOT NULL, party TEXT NOT NULL, counterparty TEXT NOT NULL, denomination TEXT NOT NULL,
  delta INTEGER NOT NULL, net TEXT NOT NULL, PRIMARY KEY (log_index, leg)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_party ON entries (party, denomination, log_index);
CREATE INDEX entries_event ON entries (event);
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** Every table that the log determines, with the columns that order its rows. */
export const PROJECTED_TABLES = [
  { table: 'streams', key: 'stream' },
  { table: 'keys', key: 'party, key' },
  { table: 'balances', key: 'party, denomination' },
  { table: 'edges', key: 'edge' },
  { table: 'holds', key: 'voucher' },
  { table: 'hops', key: 'voucher' },
  { table: 'budgets', key: 'budget' },
  { table: 'categories', key: 'budget, category' },
  { table: 'tasks', key: 'budget, task' },
  { table: 'periods', key: 'period' },
  { table: 'notes', key: 'period, note_index' },
  { table: 'entries', key: 'log_index, leg' },
] as const;
