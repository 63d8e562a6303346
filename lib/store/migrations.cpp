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
CREATE TABLE cells (
  subject INTEGER NOT NULL REFERENCES subjects (id) ON DELETE CASCADE,
  day INTEGER NOT NULL,
  counts BLOB NOT NULL,
  high_water BLOB,
  missing_reads INTEGER NOT NULL,
  PRIMARY KEY (subject, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE marks (
  subject INTEGER NOT NULL REFERENCES subjects (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  gap INTEGER NOT NULL,
  totals BLOB NOT NULL,
  PRIMARY KEY (subject, at)
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
CREATE TABLE suppressions (
  account TEXT NOT NULL,
  list TEXT NOT NULL,
  fingerprint INTEGER NOT NULL,
  email TEXT NOT NULL,
  created INTEGER NOT NULL,
  reason TEXT NOT NULL,
  status TEXT NOT NULL,
  ip TEXT NOT NULL,
  first_seen INTEGER NOT NULL,
  removed INTEGER,
  PRIMARY KEY (account, list, fingerprint)
) STRICT, WITHOUT ROWID;
CREATE INDEX suppressions_growth ON suppressions (account, list, first_seen);
CREATE INDEX suppressions_email ON suppressions (email COLLATE NOCASE);
CREATE TABLE lists (
  account TEXT NOT NULL,
  list TEXT NOT NULL,
  read_to INTEGER,
  crawled INTEGER,
  counted_from INTEGER,
  PRIMARY KEY (account, list)
) STRICT, WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array<const char*, 1> kMigrations = {kVersion1};

}  // namespace

std::span<const char* const> migrations() { return kMigrations; }

}  // namespace arrivald::store
