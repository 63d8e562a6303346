#include <array>

#include "store/database.hpp"

namespace arrivald::store {
namespace {

// Instants (…_at) are milliseconds since 1970 (UTC), days are counted from 1970-01-01, counts and totals are
// blobs (see blobs.hpp). To change this schema, append a step to kMigrations.
constexpr const char* kVersion1 = R"sql(
-- The provider's statistics: the lifetime totals of each subject;
CREATE TABLE statistics_subjects (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  dimension TEXT NOT NULL,
  name TEXT NOT NULL,
  totals BLOB,
  UNIQUE (account, dimension, name)
) STRICT;
-- marks: running totals at instants, for the windows (by time first, so that the rows of one poll are adjacent);
CREATE TABLE statistics_marks (
  subject INTEGER NOT NULL REFERENCES statistics_subjects (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  gap INTEGER NOT NULL,
  totals BLOB NOT NULL,
  stale INTEGER NOT NULL,
  PRIMARY KEY (at, subject)
) STRICT, WITHOUT ROWID;
-- the provider's totals of each day at the last read;
CREATE TABLE statistics_days (
  subject INTEGER NOT NULL REFERENCES statistics_subjects (id) ON DELETE CASCADE,
  day INTEGER NOT NULL,
  counts BLOB NOT NULL,
  high_water BLOB,
  missing_reads INTEGER NOT NULL,
  PRIMARY KEY (day, subject)
) STRICT, WITHOUT ROWID;
-- when each source was last read, and which of its days are followed.
CREATE TABLE statistics_reads (
  account TEXT NOT NULL,
  dimension TEXT NOT NULL,
  read_at INTEGER NOT NULL,
  oldest_day INTEGER NOT NULL,
  newest_day INTEGER NOT NULL,
  PRIMARY KEY (account, dimension)
) STRICT, WITHOUT ROWID;
CREATE TABLE alerts (
  rule TEXT NOT NULL,
  account TEXT NOT NULL,
  dimension TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (rule, account, dimension, name)
) STRICT, WITHOUT ROWID;
-- Notifications: waiting, delivered, undeliverable and closed.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  change TEXT NOT NULL,
  channel TEXT NOT NULL,
  notification TEXT NOT NULL,
  created INTEGER NOT NULL,
  trying_since INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'delivered', 'undeliverable', 'closed')),
  outcome TEXT NOT NULL DEFAULT '',
  finished INTEGER,
  retried INTEGER NOT NULL DEFAULT 0,
  UNIQUE (change, channel)
) STRICT;
CREATE INDEX outbox_open ON outbox (state, channel, id) WHERE state IN ('waiting', 'undeliverable');
CREATE TABLE suppression_lists (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  list TEXT NOT NULL,
  read_until INTEGER,
  crawled_at INTEGER,
  counted_from INTEGER,
  added INTEGER NOT NULL DEFAULT 0,
  removed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (account, list)
) STRICT;
-- A million rows are usual: each is written once, at the end, and only one of the indexes is in random order.
CREATE TABLE suppression_entries (
  id INTEGER PRIMARY KEY,
  list INTEGER NOT NULL REFERENCES suppression_lists (id) ON DELETE CASCADE,
  fingerprint INTEGER NOT NULL,
  email TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  status TEXT NOT NULL,
  ip TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  removed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX suppression_entries_known ON suppression_entries (list, fingerprint);
CREATE INDEX suppression_entries_removed ON suppression_entries (list, fingerprint) WHERE removed_at IS NOT NULL;
CREATE INDEX suppression_entries_growth ON suppression_entries (list, first_seen_at);
-- The event stream, one row per batch, since it is committed before the batch is acknowledged. Duplicates are
-- found in memory: an index of event ids would cost more than everything else.
-- AUTOINCREMENT: the last batch that was counted is stored by its id, so ids must not be reused.
CREATE TABLE event_batches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  oldest_event_at INTEGER NOT NULL,
  newest_event_at INTEGER NOT NULL,
  events INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  finders BLOB NOT NULL
) STRICT;
-- A separate table, so that a scan of the finders does not read the records.
CREATE TABLE event_records (id INTEGER PRIMARY KEY, records BLOB NOT NULL) STRICT;
-- What is left of batches that were deleted to make room while SendGrid may still repeat their events: the
-- keys by which these are recognised. The id is the batch's.
CREATE TABLE event_keys (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  keys BLOB NOT NULL
) STRICT;
CREATE TABLE event_totals (
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  events INTEGER NOT NULL,
  PRIMARY KEY (account, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE event_days (
  account TEXT NOT NULL,
  day INTEGER NOT NULL,
  counts BLOB NOT NULL,
  PRIMARY KEY (account, day)
) STRICT, WITHOUT ROWID;
-- Like statistics_subjects and statistics_marks.
CREATE TABLE event_subjects (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  dimension TEXT NOT NULL,
  name TEXT NOT NULL,
  totals BLOB,
  UNIQUE (account, dimension, name)
) STRICT;
CREATE TABLE event_marks (
  subject INTEGER NOT NULL REFERENCES event_subjects (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  gap INTEGER NOT NULL,
  totals BLOB NOT NULL,
  stale INTEGER NOT NULL,
  PRIMARY KEY (at, subject)
) STRICT, WITHOUT ROWID;
-- The latest events that could not be parsed, as received.
CREATE TABLE malformed_events (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  raw BLOB NOT NULL
) STRICT;
-- Steps of the wall clock, by which received_at of all rows of that table up to last_id is to be moved.
-- Moving the rows themselves would rewrite everything that is kept.
CREATE TABLE event_clock_steps (
  rows_of TEXT NOT NULL,
  last_id INTEGER NOT NULL,
  step INTEGER NOT NULL,
  PRIMARY KEY (rows_of, last_id)
) STRICT, WITHOUT ROWID;
-- What the provider said of each account's credits (mails) and reputation (hundredths); -1: unknown.
CREATE TABLE standings (
  account TEXT NOT NULL,
  at INTEGER NOT NULL,
  remain INTEGER NOT NULL,
  total INTEGER NOT NULL,
  overage INTEGER NOT NULL,
  next_reset INTEGER NOT NULL,
  reputation INTEGER NOT NULL,
  plan TEXT NOT NULL,
  PRIMARY KEY (account, at)
) STRICT, WITHOUT ROWID;
-- Batches as received, waiting for the targets of event_stream.forward.
CREATE TABLE forward_batches (
  id INTEGER PRIMARY KEY,
  target TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  headers TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX forward_batches_target ON forward_batches (target, id);
-- Single values that belong to no other table.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- The secret of the fingerprints of addresses.
INSERT INTO meta (key, value) VALUES ('address_key', lower(hex(randomblob(16))));
)sql";

constexpr std::array<const char*, 1> kMigrations = {kVersion1};

}  // namespace

std::span<const char* const> migrations() { return kMigrations; }

}  // namespace arrivald::store
