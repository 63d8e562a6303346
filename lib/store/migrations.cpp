#include <array>

#include "store/database.hpp"

namespace arrivald::store {
namespace {

// Instants are milliseconds of Unix time, dates days of it, counts little-endian blobs (see counts_blob.hpp).
constexpr const char* kVersion1 = R"sql(
CREATE TABLE subjects (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  dimension TEXT NOT NULL,
  name TEXT NOT NULL,
  totals BLOB,
  UNIQUE (account, dimension, name)
) STRICT;
CREATE TABLE reads (
  account TEXT NOT NULL,
  dimension TEXT NOT NULL,
  at INTEGER NOT NULL,
  oldest_day INTEGER NOT NULL,
  newest_day INTEGER NOT NULL,
  PRIMARY KEY (account, dimension)
) STRICT, WITHOUT ROWID;
-- By time first: what a poll writes lies together, whatever the number of subjects.
CREATE TABLE cells (
  subject INTEGER NOT NULL REFERENCES subjects (id) ON DELETE CASCADE,
  day INTEGER NOT NULL,
  counts BLOB NOT NULL,
  high_water BLOB,
  missing_reads INTEGER NOT NULL,
  PRIMARY KEY (day, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE marks (
  subject INTEGER NOT NULL REFERENCES subjects (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  gap INTEGER NOT NULL,
  totals BLOB NOT NULL,
  PRIMARY KEY (at, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE alerts (
  rule TEXT NOT NULL,
  account TEXT NOT NULL,
  dimension TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (rule, account, dimension, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY,
  change TEXT NOT NULL,
  channel TEXT NOT NULL,
  message TEXT NOT NULL,
  created INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'undeliverable')),
  outcome TEXT NOT NULL DEFAULT '',
  finished INTEGER,
  UNIQUE (change, channel)
) STRICT;
CREATE INDEX outbox_waiting ON outbox (next_attempt) WHERE state = 'waiting';
CREATE TABLE lists (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  list TEXT NOT NULL,
  read_to INTEGER,
  crawled INTEGER,
  counted_from INTEGER,
  UNIQUE (account, list)
) STRICT;
-- A million rows are usual: each is written once, at the end, and of its indexes only one is in random order.
CREATE TABLE suppressions (
  id INTEGER PRIMARY KEY,
  list INTEGER NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
  fingerprint INTEGER NOT NULL,
  email TEXT NOT NULL,
  created INTEGER NOT NULL,
  reason TEXT NOT NULL,
  status TEXT NOT NULL,
  ip TEXT NOT NULL,
  first_seen INTEGER NOT NULL,
  removed INTEGER
) STRICT;
CREATE UNIQUE INDEX suppressions_known ON suppressions (list, fingerprint);
CREATE INDEX suppressions_removed ON suppressions (list, fingerprint) WHERE removed IS NOT NULL;
CREATE INDEX suppressions_growth ON suppressions (list, first_seen);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
)sql";

// The event stream. Duplicates are found in memory: an index on an event's id would cost more than all the
// rest.
constexpr const char* kVersion2 = R"sql(
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  at INTEGER NOT NULL,
  received INTEGER NOT NULL,
  kind TEXT NOT NULL,
  id_key INTEGER NOT NULL,
  content_key INTEGER NOT NULL,
  message_key INTEGER NOT NULL,
  email_key INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  email TEXT NOT NULL,
  domain TEXT NOT NULL,
  reason TEXT NOT NULL,
  status TEXT NOT NULL
) STRICT;
CREATE INDEX events_address ON events (email_key);
CREATE INDEX events_message ON events (message_id) WHERE message_id <> '';
CREATE TABLE event_totals (
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  events INTEGER NOT NULL,
  PRIMARY KEY (account, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE malformed_events (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  received INTEGER NOT NULL,
  why TEXT NOT NULL,
  raw BLOB NOT NULL
) STRICT;
)sql";

// A row a batch instead of a row an event: what is stored before a batch may be answered has to be little.
// Before the first release, so events of step 2 are let go; their totals stay.
constexpr const char* kVersion3 = R"sql(
DROP TABLE events;
DELETE FROM subjects WHERE dimension = 'domain_group';
CREATE TABLE event_batches (
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  received INTEGER NOT NULL,
  oldest INTEGER NOT NULL,
  newest INTEGER NOT NULL,
  events INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  keys BLOB NOT NULL
) STRICT;
-- Apart, so that looking through the keys does not read them.
CREATE TABLE event_records (id INTEGER PRIMARY KEY, records BLOB NOT NULL) STRICT;
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
  PRIMARY KEY (at, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE event_days (
  account TEXT NOT NULL,
  day INTEGER NOT NULL,
  counts BLOB NOT NULL,
  PRIMARY KEY (account, day)
) STRICT, WITHOUT ROWID;
-- Batches as they came, for whoever else wants them.
CREATE TABLE forwards (
  id INTEGER PRIMARY KEY,
  target TEXT NOT NULL,
  received INTEGER NOT NULL,
  headers TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX forwards_target ON forwards (target, id);
)sql";

constexpr std::array<const char*, 3> kMigrations = {kVersion1, kVersion2, kVersion3};

}  // namespace

std::span<const char* const> migrations() { return kMigrations; }

}  // namespace arrivald::store
