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
  -- since when no account of that name reads it
  unread_since INTEGER,
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
  unsubscribe_group INTEGER NOT NULL,
  first_seen_at INTEGER NOT NULL,
  removed_at INTEGER,
  accepted_before INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX suppression_entries_known ON suppression_entries (list, fingerprint);
CREATE INDEX suppression_entries_removed ON suppression_entries (list, fingerprint) WHERE removed_at IS NOT NULL;
CREATE INDEX suppression_entries_growth ON suppression_entries (list, first_seen_at);
-- What the list of the desk needs of each entry, in the order of the list. Each index holds all that a row can
-- be filtered by, so that looking for a rare pair reads one index only.
CREATE TABLE entry_domains (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  accepted INTEGER NOT NULL DEFAULT 0,
  accepted_at INTEGER
) STRICT;
CREATE TABLE entry_receivers (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE entry_facets (
  removed INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  day INTEGER NOT NULL,
  list INTEGER NOT NULL,
  class INTEGER NOT NULL,
  side INTEGER NOT NULL,
  receivers INTEGER NOT NULL,
  domain INTEGER NOT NULL,
  stopped INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (removed, created_at DESC, entry DESC)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_facets_class ON entry_facets
  (class, removed, created_at DESC, entry DESC, list, side, receivers, stopped);
CREATE INDEX entry_facets_side ON entry_facets
  (side, removed, created_at DESC, entry DESC, list, class, receivers, stopped);
CREATE INDEX entry_facets_list ON entry_facets
  (list, removed, created_at DESC, entry DESC, class, side, receivers, stopped);
CREATE INDEX entry_facets_receivers ON entry_facets
  (receivers, removed, created_at DESC, entry DESC, list, class, side, stopped);
CREATE INDEX entry_facets_domain ON entry_facets
  (domain, removed, created_at DESC, entry DESC, list, class, side, receivers, stopped);
CREATE INDEX entry_facets_stopped ON entry_facets
  (removed, stopped DESC, created_at DESC, entry DESC, list, class, side, receivers, domain) WHERE stopped > 0;
-- How many rows of entry_facets agree in these columns. Only the triggers write it.
CREATE TABLE entry_counts (
  removed INTEGER NOT NULL,
  day INTEGER NOT NULL,
  list INTEGER NOT NULL,
  class INTEGER NOT NULL,
  side INTEGER NOT NULL,
  receivers INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  PRIMARY KEY (removed, day, list, class, side, receivers)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER entry_counts_added AFTER INSERT ON entry_facets BEGIN
  INSERT INTO entry_counts VALUES (new.removed, new.day, new.list, new.class, new.side, new.receivers, 1)
    ON CONFLICT DO UPDATE SET entries = entries + 1;
END;
CREATE TRIGGER entry_counts_dropped AFTER DELETE ON entry_facets BEGIN
  UPDATE entry_counts SET entries = entries - 1 WHERE removed = old.removed AND day = old.day
    AND list = old.list AND class = old.class AND side = old.side AND receivers = old.receivers;
  DELETE FROM entry_counts WHERE removed = old.removed AND day = old.day AND list = old.list
    AND class = old.class AND side = old.side AND receivers = old.receivers AND entries = 0;
END;
CREATE TRIGGER entry_counts_moved AFTER UPDATE OF removed, day, list, class, side, receivers ON entry_facets BEGIN
  UPDATE entry_counts SET entries = entries - 1 WHERE removed = old.removed AND day = old.day
    AND list = old.list AND class = old.class AND side = old.side AND receivers = old.receivers;
  DELETE FROM entry_counts WHERE removed = old.removed AND day = old.day AND list = old.list
    AND class = old.class AND side = old.side AND receivers = old.receivers AND entries = 0;
  INSERT INTO entry_counts VALUES (new.removed, new.day, new.list, new.class, new.side, new.receivers, 1)
    ON CONFLICT DO UPDATE SET entries = entries + 1;
END;
-- How many entries that were stored together agree in these columns; without what the first crawl found.
-- `oldest_at`: the earliest creation.
CREATE TABLE entry_news (
  list INTEGER NOT NULL REFERENCES suppression_lists (id) ON DELETE CASCADE,
  first_seen_at INTEGER NOT NULL,
  class INTEGER NOT NULL,
  side INTEGER NOT NULL,
  receivers TEXT NOT NULL,
  entries INTEGER NOT NULL,
  oldest_at INTEGER NOT NULL
) STRICT;
CREATE INDEX entry_news_time ON entry_news (list, first_seen_at, class, side, receivers, entries, oldest_at);
-- What a user of the desk has ticked.
CREATE TABLE selections (
  user TEXT NOT NULL,
  entry INTEGER NOT NULL,
  ticked_at INTEGER NOT NULL,
  PRIMARY KEY (user, entry)
) STRICT, WITHOUT ROWID;
-- The names of the unsubscribe groups of an account.
CREATE TABLE unsubscribe_groups (
  account TEXT NOT NULL,
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
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
-- Who is logged in at the desk: a hash of the token, never the token.
CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  user TEXT NOT NULL,
  role INTEGER NOT NULL,
  created INTEGER NOT NULL,
  last_seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Addresses that somebody at the desk asked about.
CREATE TABLE look_ups (
  key TEXT PRIMARY KEY,
  address TEXT NOT NULL,
  kept_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX look_ups_address ON look_ups (address);
CREATE INDEX look_ups_time ON look_ups (kept_until);
-- Failed log-ins at the desk, by user as typed and address of the network.
CREATE TABLE login_attempts (
  user TEXT NOT NULL,
  address TEXT NOT NULL,
  failures INTEGER NOT NULL,
  last INTEGER NOT NULL,
  locked_until INTEGER NOT NULL,
  PRIMARY KEY (user, address)
) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kReleases = R"sql(
-- Requests to take entries off the provider's lists. `day`: the calendar day, by the desk's zone, on which a
-- decision counts against the limit of its user.
CREATE TABLE releases (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  state INTEGER NOT NULL,
  version INTEGER NOT NULL,
  mode INTEGER NOT NULL,
  decided_at INTEGER,
  decided_from TEXT NOT NULL DEFAULT '',
  day INTEGER,
  extent INTEGER NOT NULL DEFAULT 0,
  motive INTEGER,
  memo TEXT NOT NULL DEFAULT '',
  released INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX releases_days ON releases (user, day) WHERE day IS NOT NULL;
CREATE INDEX releases_open ON releases (state, id) WHERE state < 3;
-- Their entries, as they were shown, and what became of each.
CREATE TABLE release_items (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  release INTEGER NOT NULL REFERENCES releases (id),
  entry INTEGER NOT NULL,
  account TEXT NOT NULL,
  list TEXT NOT NULL,
  unsubscribe_group INTEGER NOT NULL,
  email TEXT NOT NULL COLLATE NOCASE,
  created_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  status TEXT NOT NULL,
  ip TEXT NOT NULL,
  cause TEXT NOT NULL,
  text_key TEXT NOT NULL,
  domain TEXT NOT NULL,
  domain_group TEXT NOT NULL,
  advice INTEGER NOT NULL,
  failed_again_at INTEGER,
  asserted_by TEXT NOT NULL DEFAULT '',
  chosen INTEGER NOT NULL DEFAULT 0,
  claims INTEGER NOT NULL,
  state INTEGER NOT NULL,
  problem INTEGER NOT NULL,
  http_status INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  begun_at INTEGER,
  taken_at INTEGER,
  settled_at INTEGER,
  aftermath INTEGER NOT NULL DEFAULT 0,
  after_at INTEGER,
  took INTEGER,
  final INTEGER NOT NULL DEFAULT 0,
  follow_due_at INTEGER
) STRICT;
-- An entry is in one open request at a time.
CREATE UNIQUE INDEX release_items_claims ON release_items (account, list, unsubscribe_group, email) WHERE claims = 1;
CREATE INDEX release_items_release ON release_items (release, id);
CREATE INDEX release_items_due ON release_items (due_at) WHERE claims = 1 AND chosen = 1;
CREATE INDEX release_items_follow ON release_items (follow_due_at) WHERE follow_due_at IS NOT NULL;
CREATE INDEX release_items_email ON release_items (email, id);
-- What people did at the desk. Rows are only ever added: each holds the hash of the row before it, and its own.
CREATE TABLE record (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  user TEXT NOT NULL,
  role TEXT NOT NULL,
  origin TEXT NOT NULL,
  action TEXT NOT NULL,
  account TEXT NOT NULL,
  list TEXT NOT NULL,
  address TEXT NOT NULL COLLATE NOCASE,
  entry TEXT NOT NULL,
  advice TEXT NOT NULL,
  cause TEXT NOT NULL,
  asserted TEXT NOT NULL,
  motive TEXT NOT NULL,
  memo TEXT NOT NULL,
  outcome TEXT NOT NULL,
  release INTEGER NOT NULL,
  previous BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE INDEX record_users ON record (user, id);
CREATE INDEX record_addresses ON record (address, id) WHERE address <> '';
CREATE TRIGGER record_stays BEFORE UPDATE ON record BEGIN
  SELECT RAISE(ABORT, 'the record is append-only');
END;
-- Up to which row the record was pruned, and the hash of that row: with it the rest can still be checked.
CREATE TABLE record_anchor (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  last INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;
INSERT INTO record_anchor (only, last, hash) VALUES (1, 0, zeroblob(32));
CREATE TRIGGER record_anchor_fits BEFORE UPDATE ON record_anchor
WHEN NEW.last <= OLD.last OR NOT EXISTS (SELECT 1 FROM record WHERE id = NEW.last AND hash = NEW.hash) BEGIN
  SELECT RAISE(ABORT, 'the anchor is the hash of a row of the record');
END;
CREATE TRIGGER record_anchor_stays BEFORE DELETE ON record_anchor BEGIN
  SELECT RAISE(ABORT, 'the record is append-only');
END;
CREATE TRIGGER record_keeps BEFORE DELETE ON record
WHEN OLD.id > (SELECT last FROM record_anchor) BEGIN
  SELECT RAISE(ABORT, 'the record is append-only');
END;
-- INSERT OR REPLACE deletes without the trigger above.
CREATE TRIGGER record_grows BEFORE INSERT ON record
WHEN NEW.id IS NOT (SELECT coalesce(max(id), (SELECT last FROM record_anchor)) + 1 FROM record) BEGIN
  SELECT RAISE(ABORT, 'the record is append-only');
END;
)sql";

constexpr const char* kIncidents = R"sql(
-- Incidents by their numbers, and what is followed besides them; written together with the alerts.
CREATE TABLE incidents (
  number INTEGER PRIMARY KEY,
  state TEXT NOT NULL
) STRICT;
CREATE TABLE incidents_rest (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  state TEXT NOT NULL
) STRICT;
)sql";

constexpr const char* kDmarc = R"sql(
-- DMARC reports. Domains, reporters and time zones by number;
CREATE TABLE dmarc_names (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;
-- the reports that were counted, by a hash of what identifies them; `rows` is empty once they are old;
CREATE TABLE dmarc_reports (
  key INTEGER PRIMARY KEY,
  rows_hash INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  domain INTEGER NOT NULL REFERENCES dmarc_names (id),
  reporter INTEGER NOT NULL REFERENCES dmarc_names (id),
  zone INTEGER NOT NULL REFERENCES dmarc_names (id),
  begin_at INTEGER NOT NULL,
  end_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  via TEXT NOT NULL,
  both INTEGER NOT NULL,
  dkim_only INTEGER NOT NULL,
  spf_only INTEGER NOT NULL,
  fail INTEGER NOT NULL,
  policy TEXT NOT NULL,
  warnings INTEGER NOT NULL,
  rows BLOB NOT NULL
) STRICT;
CREATE INDEX dmarc_reports_received ON dmarc_reports (received_at);
CREATE INDEX dmarc_reports_domain ON dmarc_reports (domain, received_at);
-- who sends as a domain: a network, and the domains that passed there without being aligned;
CREATE TABLE dmarc_sources (
  id INTEGER PRIMARY KEY,
  domain INTEGER NOT NULL REFERENCES dmarc_names (id),
  network BLOB NOT NULL,
  spf TEXT NOT NULL,
  dkim TEXT NOT NULL,
  first_day INTEGER NOT NULL,
  last_day INTEGER NOT NULL,
  aligned INTEGER NOT NULL,
  UNIQUE (domain, network, spf, dkim)
) STRICT;
-- the messages of a day;
CREATE TABLE dmarc_days (
  domain INTEGER NOT NULL,
  day INTEGER NOT NULL,
  source INTEGER NOT NULL,
  fate INTEGER NOT NULL,
  reporter INTEGER NOT NULL,
  header_from INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  PRIMARY KEY (domain, day, source, fate, reporter, header_from)
) STRICT, WITHOUT ROWID;
-- what was refused, with its first bytes;
CREATE TABLE dmarc_aside (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  via TEXT NOT NULL,
  name TEXT NOT NULL,
  reason TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  head BLOB NOT NULL
) STRICT;
-- the files of the watched directory that were read.
CREATE TABLE dmarc_files (
  name TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  modified INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// What else tells a file from another of the same name; sources in slices.
constexpr const char* kDmarcFileMarks = R"sql(
ALTER TABLE dmarc_files ADD COLUMN inode INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dmarc_files ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX dmarc_sources_domain ON dmarc_sources (domain);
)sql";

// Entries that are on no list any more, in the order in which they are forgotten.
constexpr const char* kRemovals = R"sql(
CREATE INDEX suppression_entries_removal ON suppression_entries (removed_at) WHERE removed_at IS NOT NULL;
)sql";

// Which message of a channel each conversation has, so that later news edit it.
constexpr const char* kConversations = R"sql(
CREATE TABLE conversations (
  channel TEXT NOT NULL,
  conversation TEXT NOT NULL,
  room TEXT NOT NULL,
  timestamp TEXT NOT NULL,
  payload TEXT NOT NULL,
  updated INTEGER NOT NULL,
  PRIMARY KEY (channel, conversation)
) STRICT, WITHOUT ROWID;
)sql";

// Years of the desk's list are counted without reading each of their days, and the domains of a group without
// reading the entries of others.
constexpr const char* kEntrySpans = R"sql(
-- The sums of entry_counts over spans of 32 days. Only the triggers write it.
CREATE TABLE entry_spans (
  removed INTEGER NOT NULL,
  span INTEGER NOT NULL,
  list INTEGER NOT NULL,
  class INTEGER NOT NULL,
  side INTEGER NOT NULL,
  receivers INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  PRIMARY KEY (removed, span, list, class, side, receivers)
) STRICT, WITHOUT ROWID;
INSERT INTO entry_spans SELECT removed, day >> 5, list, class, side, receivers, sum(entries) FROM entry_counts
  GROUP BY 1, 2, 3, 4, 5, 6;
CREATE TRIGGER entry_spans_added AFTER INSERT ON entry_facets BEGIN
  INSERT INTO entry_spans VALUES (new.removed, new.day >> 5, new.list, new.class, new.side, new.receivers, 1)
    ON CONFLICT DO UPDATE SET entries = entries + 1;
END;
CREATE TRIGGER entry_spans_dropped AFTER DELETE ON entry_facets BEGIN
  UPDATE entry_spans SET entries = entries - 1 WHERE removed = old.removed AND span = old.day >> 5
    AND list = old.list AND class = old.class AND side = old.side AND receivers = old.receivers;
  DELETE FROM entry_spans WHERE removed = old.removed AND span = old.day >> 5 AND list = old.list
    AND class = old.class AND side = old.side AND receivers = old.receivers AND entries = 0;
END;
CREATE TRIGGER entry_spans_moved AFTER UPDATE OF removed, day, list, class, side, receivers ON entry_facets BEGIN
  UPDATE entry_spans SET entries = entries - 1 WHERE removed = old.removed AND span = old.day >> 5
    AND list = old.list AND class = old.class AND side = old.side AND receivers = old.receivers;
  DELETE FROM entry_spans WHERE removed = old.removed AND span = old.day >> 5 AND list = old.list
    AND class = old.class AND side = old.side AND receivers = old.receivers AND entries = 0;
  INSERT INTO entry_spans VALUES (new.removed, new.day >> 5, new.list, new.class, new.side, new.receivers, 1)
    ON CONFLICT DO UPDATE SET entries = entries + 1;
END;
-- The group of receivers that a domain was last seen in.
ALTER TABLE entry_domains ADD COLUMN receivers INTEGER NOT NULL DEFAULT 0;
UPDATE entry_domains SET receivers = coalesce((SELECT receivers FROM entry_facets INDEXED BY entry_facets_domain
  WHERE domain = entry_domains.id LIMIT 1), 0);
CREATE INDEX entry_domains_receivers ON entry_domains (receivers);
)sql";

// What is older than the first crawl that was complete is no news, whichever crawl shows it first.
constexpr const char* kBaselines = R"sql(
-- When the first complete crawl began; of older stores when it ended.
ALTER TABLE suppression_lists ADD COLUMN baseline_at INTEGER;
UPDATE suppression_lists SET baseline_at = counted_from;
)sql";

// Steps of the statistics that later answers may deny: a lie may end or return after a restart.
constexpr const char* kJumps = R"sql(
CREATE TABLE statistics_jumps (
  subject INTEGER NOT NULL REFERENCES statistics_subjects (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  since INTEGER NOT NULL,
  size INTEGER NOT NULL,
  fastest BLOB NOT NULL,
  recent INTEGER NOT NULL,
  days BLOB NOT NULL,
  PRIMARY KEY (subject, number)
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array<const char*, 10> kMigrations = {kVersion1,       kReleases, kIncidents,     kDmarc,
                                                     kDmarcFileMarks, kRemovals, kConversations, kEntrySpans,
                                                     kBaselines,      kJumps};

}  // namespace

std::span<const char* const> migrations() { return kMigrations; }

}  // namespace arrivald::store
