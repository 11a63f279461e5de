import Model
import GRDB

/// The tables of the ledger. Migrations are only ever added, never changed.
enum Schema {
  /// Marks a SQLite file as ours: "CCRA".
  static let applicationID: Int32 = 0x4343_5241

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 requests, files and fragments") { database in
      try database.execute(sql: requests)
    }
    migrator.registerMigration("2 client messages, stores and proxies") { database in
      try database.execute(sql: clients)
    }
    migrator.registerMigration("3 daily job") { database in
      try database.execute(sql: dailyJob)
    }
    migrator.registerMigration("4 retention") { database in
      try database.execute(sql: retention)
    }
    migrator.registerMigration("5 rows in the order of time, and rollups") { database in
      try database.execute(sql: timeOrder)
    }
    migrator.registerMigration("6 call variants and keys") { database in
      try database.execute(sql: variants)
    }
    migrator.registerMigration("7 joins of a part of time") { database in
      try database.execute(sql: joinWindows)
    }
    migrator.registerMigration("8 joins by key") { database in
      try database.execute(sql: keyJoins)
    }
    migrator.registerMigration("days whose audit is not complete") { database in
      try database.execute(sql: "ALTER TABLE audited_day ADD COLUMN complete INTEGER NOT NULL DEFAULT 1")
    }
    migrator.registerMigration("answers that several sessions hold") { database in
      try database.execute(sql: copies)
    }
    migrator.registerMigration("chains of routers") { database in
      try database.execute(sql: chains)
    }
    migrator.registerMigration("files without their paths, and files that are no record") { database in
      try database.execute(sql: "PRAGMA secure_delete = ON")
      defer { try? database.execute(sql: "PRAGMA secure_delete = OFF") }
      try database.execute(sql: foreignFiles)
      for path in try String.fetchAll(database, sql: "SELECT path FROM store") {
        try database.execute(sql: "UPDATE store SET path = ? WHERE path = ?", arguments: [StoreKey.of(path), path])
      }
    }
    migrator.registerMigration("reasons and sources in sums") { database in
      try database.execute(sql: reasonsInSums)
    }
    migrator.registerMigration("projects of sessions") { database in
      try database.execute(sql: "ALTER TABLE session ADD COLUMN project TEXT")
    }
    migrator.registerMigration("bills") { database in try database.execute(sql: BillSchema.tables) }
    migrator.registerMigration("messages of any kind") { database in try database.execute(sql: anyKind) }
    migrator.registerMigration("what a fleet's server does not have yet") { database in
      try database.execute(sql: PushQueue.tables)
    }
    migrator.registerMigration("calls of two routers that can be told apart again") { database in
      try database.execute(sql: chainedRequests)
    }
    migrator.registerMigration("known parts of requests that are not measured") { database in
      try database.execute(sql: LowerBounds.tables)
    }
    migrator.registerMigration("web searches in the archive") { database in
      try database.execute(sql: "ALTER TABLE archive ADD COLUMN web_searches INTEGER")
    }
    migrator.registerMigration("a fleet's queue for those who push") { database in
      try PushQueue.keepForThoseWhoPush(database)
    }
    migrator.registerMigration("charges and tokens of bills") { database in
      try database.execute(sql: BillSchema.facts)
    }
    migrator.registerMigration("known parts of archived requests") { database in
      try database.execute(sql: LowerBounds.archiveTable)
    }
    migrator.registerMigration("tokens that a router in front knows") { database in
      try database.execute(sql: "ALTER TABLE chain ADD COLUMN lent INTEGER NOT NULL DEFAULT 0")
      try database.execute(
        sql: """
          INSERT OR IGNORE INTO chain_stale SELECT DISTINCT started / 3600000 FROM request
            WHERE writer IN (SELECT id FROM writer WHERE source = 'cc-switch');
          INSERT OR REPLACE INTO setting VALUES ('unsettled', 1);
          """)
    }
    migrator.registerMigration("keys that a router in front knows") { database in
      try database.execute(
        sql: """
          ALTER TABLE call_key ADD COLUMN lent INTEGER NOT NULL DEFAULT 0;
          INSERT OR IGNORE INTO chain_stale SELECT DISTINCT started / 3600000 FROM request
            WHERE writer IN (SELECT id FROM writer WHERE source = 'litellm');
          INSERT OR IGNORE INTO chain_stale SELECT DISTINCT started / 3600000 FROM chain;
          INSERT OR REPLACE INTO setting VALUES ('unsettled', 1);
          """)
    }
    return migrator
  }

  /// `chained_request` holds the rows of routers in front of others, set aside (`ChainRows`); `request` is the number that
  /// the row had, `chained_key` its keys. `chain.own_…` is what the other router's record itself says.
  private static let chainedRequests = """
    CREATE TABLE chained_request (
      id INTEGER PRIMARY KEY, request INTEGER NOT NULL, writer INTEGER NOT NULL, number INTEGER,
      attempt INTEGER NOT NULL, duration INTEGER, first_token INTEGER, model INTEGER NOT NULL, session INTEGER,
      route INTEGER NOT NULL, stream INTEGER, status INTEGER, failure INTEGER, source INTEGER NOT NULL, input INTEGER,
      cache_read INTEGER, cache_write_5m INTEGER, cache_write_1h INTEGER, output INTEGER, reasoning INTEGER,
      prompt_bytes INTEGER, answer_bytes INTEGER, cached_5m INTEGER, cached_1h INTEGER, message INTEGER, claim INTEGER,
      estimated_input INTEGER, estimated_output INTEGER, asked INTEGER, reason INTEGER, web_searches INTEGER,
      own_model INTEGER);
    CREATE INDEX chained_request_time ON chained_request (request);
    CREATE INDEX chained_request_number ON chained_request (writer, number);
    CREATE TABLE chained_key (
      request INTEGER NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (request, key)) WITHOUT ROWID;
    ALTER TABLE chain ADD COLUMN stream INTEGER;
    ALTER TABLE chain ADD COLUMN own_route INTEGER;
    ALTER TABLE chain ADD COLUMN own_session INTEGER;
    ALTER TABLE chain ADD COLUMN own_stream INTEGER;
    """

  /// `chain` holds calls that went through two routers (`ChainJoin`): by the one nearest the provider, what the one
  /// nearest the client knew, whose row is gone; `started` is that one's. `chain_stale` are the hours to join again.
  private static let chains = """
    CREATE TABLE chain (
      writer INTEGER NOT NULL, number INTEGER NOT NULL, attempt INTEGER NOT NULL,
      outer_writer INTEGER NOT NULL, outer_number INTEGER NOT NULL, outer_attempt INTEGER NOT NULL,
      started INTEGER NOT NULL, route INTEGER NOT NULL, session INTEGER,
      PRIMARY KEY (writer, number, attempt)) WITHOUT ROWID;
    CREATE INDEX chain_started ON chain (started);
    CREATE TABLE chain_stale (hour INTEGER PRIMARY KEY);
    INSERT INTO chain_stale SELECT DISTINCT started / 3600000 FROM request
      WHERE writer IN (SELECT id FROM writer WHERE source IN ('litellm', 'free-claude-code', 'cc-switch'));
    INSERT OR REPLACE INTO setting VALUES ('unsettled', 1);
    """

  /// `message_copy` holds the sessions of an answer that several hold (a fork writes a session's lines down once more).
  /// `message.twin` is what copies of an answer with a router's id share. The index finds the searches of the web that
  /// a provider bills by the call.
  private static let copies = """
    CREATE TABLE message_copy (
      message INTEGER NOT NULL, session INTEGER NOT NULL, PRIMARY KEY (message, session)) WITHOUT ROWID;
    CREATE INDEX message_copy_session ON message_copy (session);
    ALTER TABLE message ADD COLUMN twin INTEGER;
    CREATE INDEX message_twin ON message (twin) WHERE twin IS NOT NULL;
    CREATE INDEX request_web_searches ON request (id) WHERE web_searches IS NOT NULL;
    """

  /// A path holds the names of users and projects, which nobody asks a ledger for: `file.path` stays empty, and
  /// `store.path` is a hash. `foreign_file` holds files that were looked at and are no record of any source.
  private static let foreignFiles = """
    UPDATE file SET path = '';
    CREATE TABLE foreign_file (
      device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
      PRIMARY KEY (device, inode)) WITHOUT ROWID;
    """

  /// A rollup's `prompt_class` tells apart why tokens are not known, and `archive` the sources of tokens, in rows of their
  /// own; `archive.claim` is what routers say that the requests cost, picodollars.
  private static let reasonsInSums = """
    ALTER TABLE archive ADD COLUMN claim INTEGER;
    INSERT OR IGNORE INTO rollup_stale
      SELECT bucket FROM hour_rollup WHERE prompt_class < 0 AND unknown + estimated > 0;
    INSERT OR REPLACE INTO setting VALUES ('unsettled', 1);
    CREATE TRIGGER request_reason_changed AFTER UPDATE OF reason ON request BEGIN
      INSERT OR IGNORE INTO rollup_stale VALUES ((OLD.id >> 15) / 3600000);
    END;
    """

  /// Which kinds of messages there are is the program's matter, not the table's.
  private static let anyKind = """
    CREATE TABLE messages (
      id INTEGER PRIMARY KEY AUTOINCREMENT, day TEXT NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL,
      state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
      attempts INTEGER NOT NULL DEFAULT 0, next_attempt INTEGER NOT NULL, last_status TEXT, created INTEGER NOT NULL);
    INSERT INTO messages SELECT id, day, kind, payload, state, attempts, next_attempt, last_status, created FROM outbox;
    DROP TABLE outbox;
    ALTER TABLE messages RENAME TO outbox;
    CREATE INDEX outbox_pending ON outbox (next_attempt) WHERE state = 'pending';
    """

  /// `sessionless_stale` holds the windows of time (`SessionlessJoin`) in which requests without a session, or answers
  /// that could be theirs, changed since they were joined. `request.own_model` is the model as the request's own record
  /// has it, where a joined answer tells more of its variant, or of its writes to caches.
  private static let joinWindows = """
    CREATE TABLE sessionless_stale (half INTEGER PRIMARY KEY);
    INSERT INTO sessionless_stale SELECT DISTINCT started / 3600000 FROM request WHERE session IS NULL;
    CREATE INDEX request_borrower ON request (message) WHERE session IS NULL AND message IS NOT NULL;
    CREATE TRIGGER sessionless_deleted AFTER DELETE ON request WHEN OLD.session IS NULL BEGIN
      INSERT OR IGNORE INTO sessionless_stale VALUES ((OLD.id >> 15) / 3600000);
    END;
    CREATE TRIGGER sessionless_changed AFTER UPDATE OF duration, failure, model, session ON request
    WHEN OLD.session IS NULL OR NEW.session IS NULL BEGIN
      INSERT OR IGNORE INTO sessionless_stale VALUES ((OLD.id >> 15) / 3600000);
    END;
    ALTER TABLE request ADD COLUMN own_model INTEGER REFERENCES model;
    DROP INDEX fragment_request;
    CREATE INDEX fragment_request ON fragment (writer, number, start);
    """

  /// `call_key_stale` holds keys whose joins are not computed yet (`KeyJoin`). `message.telemetry` marks answers that
  /// telemetry describes, and `session.telemetry` the sessions that have such.
  private static let keyJoins = """
    CREATE TABLE call_key_stale (key INTEGER PRIMARY KEY);
    ALTER TABLE message ADD COLUMN telemetry INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE session ADD COLUMN telemetry INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX message_header ON message (header) WHERE header IS NOT NULL;
    """

  /// `variant` holds what sets a price beside provider, model and time (`CallVariant`); its row 0 is the usual. `call_key`
  /// holds hashes of what identifies a request in the records of other programs, never the ids themselves; so does
  /// `message.header`, for the header `request-id`. `request.asked` is the model that a router's caller asked for,
  /// `reason` why nobody knows the tokens.
  private static let variants = """
    CREATE TABLE variant (
      id INTEGER PRIMARY KEY, host TEXT NOT NULL, speed TEXT NOT NULL, geo TEXT NOT NULL, tier TEXT NOT NULL,
      flags INTEGER NOT NULL, UNIQUE (host, speed, geo, tier, flags));
    INSERT INTO variant VALUES (0, '', '', '', '', 0);
    CREATE TABLE called_model (
      id INTEGER PRIMARY KEY, provider TEXT NOT NULL, model TEXT NOT NULL,
      variant INTEGER NOT NULL DEFAULT 0 REFERENCES variant, UNIQUE (provider, model, variant));
    INSERT INTO called_model (id, provider, model) SELECT id, provider, model FROM model;
    DROP TABLE model;
    ALTER TABLE called_model RENAME TO model;
    ALTER TABLE message ADD COLUMN variant INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE message ADD COLUMN header INTEGER;
    CREATE TABLE call_key (
      request INTEGER NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (request, key)) WITHOUT ROWID;
    CREATE INDEX call_key_key ON call_key (key);
    ALTER TABLE request ADD COLUMN asked INTEGER REFERENCES word;
    ALTER TABLE request ADD COLUMN reason INTEGER;
    ALTER TABLE request ADD COLUMN web_searches INTEGER;
    ALTER TABLE message ADD COLUMN aborted INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE message ADD COLUMN reason INTEGER;
    ALTER TABLE message ADD COLUMN web_searches INTEGER;
    ALTER TABLE hour_rollup ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE day_rollup ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE archive ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;
    INSERT OR IGNORE INTO rollup_stale SELECT DISTINCT started / 3600000 FROM request WHERE source = 4;
    """

  /// A request's `id` is its start and a place in that millisecond (`RequestID`): rows lie in the order of time.
  /// `cached_5m` and `cached_1h` are the tokens of its prompt that a cache of that life would have held; NULL where it
  /// caches nothing. `hour_rollup` and `day_rollup` are sums over requests, `shortest` and `longest` their prompts, and
  /// `rollup_stale` the hours whose rows changed since (see `Rollups`). A request that only a client's answer describes
  /// has no `number`. `message.model` and `message.agent` are words, and `weak` marks a router's id, which two answers
  /// can share.
  private static let timeOrder: String = {
    let columns = """
      writer, number, attempt, duration, first_token, model, session, route, stream, status, failure, source, input,
      cache_read, cache_write_5m, cache_write_1h, output, reasoning, prompt_bytes, answer_bytes, message, claim,
      estimated_input, estimated_output
      """
    let rollup = """
      bucket INTEGER NOT NULL, model INTEGER NOT NULL REFERENCES model, route INTEGER NOT NULL,
      prompt_class INTEGER NOT NULL, first INTEGER NOT NULL, shortest INTEGER, longest INTEGER,
      upstream INTEGER NOT NULL, router INTEGER NOT NULL, client INTEGER NOT NULL, unknown INTEGER NOT NULL,
      failed INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write_5m INTEGER NOT NULL,
      cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL, reasoning INTEGER NOT NULL,
      cacheable INTEGER NOT NULL, cached_5m INTEGER NOT NULL, cached_1h INTEGER NOT NULL,
      PRIMARY KEY (model, bucket, route, prompt_class)
      """
    return """
      CREATE TABLE request_by_time (
        id INTEGER PRIMARY KEY,
        writer INTEGER NOT NULL REFERENCES writer, number INTEGER, attempt INTEGER NOT NULL,
        duration INTEGER, first_token INTEGER, model INTEGER NOT NULL REFERENCES model,
        session INTEGER REFERENCES session, route INTEGER NOT NULL, stream INTEGER, status INTEGER, failure INTEGER,
        source INTEGER NOT NULL, input INTEGER, cache_read INTEGER, cache_write_5m INTEGER, cache_write_1h INTEGER,
        output INTEGER, reasoning INTEGER, prompt_bytes INTEGER, answer_bytes INTEGER, cached_5m INTEGER,
        cached_1h INTEGER, message INTEGER, claim INTEGER, estimated_input INTEGER, estimated_output INTEGER,
        started INTEGER AS (id >> 15) VIRTUAL);
      INSERT INTO request_by_time (id, \(columns))
        SELECT (started << 15) + row_number() OVER (PARTITION BY started ORDER BY id) - 1, \(columns) FROM request
        WHERE started >= 0 AND started < 281474976710655;
      DROP TABLE request;
      ALTER TABLE request_by_time RENAME TO request;
      UPDATE request SET number = NULL WHERE writer IN (SELECT id FROM writer WHERE source = 'claude-code');
      CREATE INDEX request_number ON request (writer, number) WHERE number IS NOT NULL;
      CREATE INDEX request_sessionless ON request (model) WHERE session IS NULL;
      CREATE INDEX request_session ON request (session) WHERE session IS NOT NULL;
      CREATE INDEX request_open ON request (writer) WHERE duration IS NULL;

      CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
      INSERT INTO word (text) SELECT model FROM message UNION SELECT agent FROM message WHERE agent IS NOT NULL;
      CREATE TABLE answer (
        id INTEGER PRIMARY KEY, kin INTEGER NOT NULL, key INTEGER NOT NULL,
        session INTEGER NOT NULL REFERENCES session, model INTEGER NOT NULL REFERENCES word,
        agent INTEGER REFERENCES word, time INTEGER NOT NULL, sidechain INTEGER NOT NULL,
        complete INTEGER NOT NULL, weak INTEGER NOT NULL, archived INTEGER NOT NULL,
        input INTEGER, cache_read INTEGER, cache_write_5m INTEGER, cache_write_1h INTEGER, output INTEGER);
      INSERT INTO answer
        SELECT id, kin, key, session, (SELECT id FROM word WHERE text = model),
          (SELECT id FROM word WHERE text = agent), time, sidechain, complete,
          coalesce(request_id IS NULL AND message_id GLOB 'msg_?*' AND NOT substr(message_id, 5) GLOB '*[^0-9]*', 0),
          archived, input, cache_read, cache_write_5m, cache_write_1h, output
        FROM message;
      DROP TABLE message;
      ALTER TABLE answer RENAME TO message;
      CREATE INDEX message_kin ON message (kin);
      CREATE INDEX message_weak ON message (key) WHERE weak;
      CREATE INDEX message_session ON message (session);

      ALTER TABLE session ADD COLUMN recache INTEGER NOT NULL DEFAULT 0;
      CREATE INDEX session_recache ON session (id) WHERE recache;
      UPDATE session SET recache = 1;
      ALTER TABLE archive ADD COLUMN cacheable INTEGER;
      ALTER TABLE archive ADD COLUMN cached_5m INTEGER;
      ALTER TABLE archive ADD COLUMN cached_1h INTEGER;

      CREATE TABLE hour_rollup (\(rollup)) WITHOUT ROWID;
      CREATE TABLE day_rollup (\(rollup)) WITHOUT ROWID;
      CREATE TABLE rollup_limit (tokens INTEGER PRIMARY KEY);
      INSERT INTO rollup_limit VALUES (200000);
      CREATE TABLE rollup_stale (hour INTEGER PRIMARY KEY);
      INSERT INTO rollup_stale SELECT DISTINCT started / 3600000 FROM request;
      INSERT OR REPLACE INTO setting VALUES ('unsettled', 1);
      CREATE TRIGGER request_deleted AFTER DELETE ON request BEGIN
        INSERT OR IGNORE INTO rollup_stale VALUES ((OLD.id >> 15) / 3600000);
      END;
      CREATE TRIGGER request_changed
      AFTER UPDATE OF model, route, duration, first_token, failure, source, input, cache_read, cache_write_5m,
        cache_write_1h, output, reasoning, cached_5m, cached_1h ON request BEGIN
        INSERT OR IGNORE INTO rollup_stale VALUES ((OLD.id >> 15) / 3600000);
      END;
      """
  }()

  /// `archive.time` is the first instant of a sum, which tells apart the sides of a price change inside a quarter.
  /// `message.archived` marks answers whose requests are in the archive, and `piece.started` is set for pieces of
  /// requests that are: both may outlive the rows, so that what is read again is known again.
  private static let retention = """
    ALTER TABLE archive ADD COLUMN time INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE message ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE piece ADD COLUMN started INTEGER;
    """

  /// `outbox` holds messages until they arrive; `outbox_model` says which model each day's message was about, so that
  /// no model is alerted on twice. `audited_day` are the days that `run` has judged, and `job` how each job last ended.
  /// `archive` holds sums over quarters of an hour of requests whose rows were removed, and `setting` from when on rows
  /// are kept.
  private static let dailyJob = """
    CREATE TABLE outbox (
      id INTEGER PRIMARY KEY AUTOINCREMENT, day TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('alert', 'recovered', 'test')), payload TEXT NOT NULL,
      state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
      attempts INTEGER NOT NULL DEFAULT 0, next_attempt INTEGER NOT NULL, last_status TEXT, created INTEGER NOT NULL);
    CREATE INDEX outbox_pending ON outbox (next_attempt) WHERE state = 'pending';
    CREATE TABLE outbox_model (
      day TEXT NOT NULL, kind TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
      outbox INTEGER NOT NULL REFERENCES outbox, PRIMARY KEY (day, kind, provider, model)) WITHOUT ROWID;

    CREATE TABLE audited_day (day TEXT PRIMARY KEY, audited INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE job (
      name TEXT PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER, outcome TEXT, succeeded INTEGER) WITHOUT ROWID;

    CREATE TABLE archive (
      quarter INTEGER NOT NULL, model INTEGER NOT NULL REFERENCES model, route INTEGER NOT NULL,
      prompt INTEGER NOT NULL, upstream INTEGER NOT NULL, router INTEGER NOT NULL, client INTEGER NOT NULL,
      unknown INTEGER NOT NULL, failed INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
      cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL,
      reasoning INTEGER NOT NULL);
    CREATE INDEX archive_quarter ON archive (quarter);
    CREATE TABLE setting (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    """

  /// `message` holds what clients wrote down, each answer's records once by key; `piece` what is known of requests that
  /// several records describe. `request.message` is the answer that a request was joined with, `claim` what its router
  /// says that it cost (picodollars), and `estimated_…` what a proxy counted by itself.
  private static let clients = """
    ALTER TABLE file ADD COLUMN source TEXT;
    ALTER TABLE session ADD COLUMN dirty INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE session ADD COLUMN clock_offset INTEGER;
    CREATE INDEX session_dirty ON session (id) WHERE dirty;
    ALTER TABLE request ADD COLUMN message INTEGER;
    ALTER TABLE request ADD COLUMN claim INTEGER;
    ALTER TABLE request ADD COLUMN estimated_input INTEGER;
    ALTER TABLE request ADD COLUMN estimated_output INTEGER;
    CREATE INDEX request_session ON request (session) WHERE session IS NOT NULL;

    CREATE TABLE message (
      id INTEGER PRIMARY KEY, kin INTEGER NOT NULL, key INTEGER NOT NULL UNIQUE,
      session INTEGER NOT NULL REFERENCES session, message_id TEXT, request_id TEXT, model TEXT NOT NULL,
      time INTEGER NOT NULL, sidechain INTEGER NOT NULL, agent TEXT, complete INTEGER NOT NULL,
      input INTEGER, cache_read INTEGER, cache_write_5m INTEGER, cache_write_1h INTEGER, output INTEGER);
    CREATE INDEX message_session ON message (session);
    CREATE INDEX message_kin ON message (kin);

    CREATE TABLE piece (
      id INTEGER PRIMARY KEY, writer INTEGER NOT NULL REFERENCES writer, number INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE INDEX piece_request ON piece (writer, number);

    CREATE TABLE store (
      path TEXT PRIMARY KEY, state TEXT NOT NULL, cursor TEXT NOT NULL) WITHOUT ROWID;
    """

  /// Times are epoch milliseconds; `duration` and `first_token` are milliseconds after `started`.
  private static let requests = """
    CREATE TABLE model (
      id INTEGER PRIMARY KEY, provider TEXT NOT NULL, model TEXT NOT NULL, UNIQUE (provider, model));
    CREATE TABLE session (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE writer (
      id INTEGER PRIMARY KEY, source TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
      UNIQUE (source, host, pid));
    CREATE TABLE writer_start (
      writer INTEGER NOT NULL REFERENCES writer, time INTEGER NOT NULL, PRIMARY KEY (writer, time)) WITHOUT ROWID;

    CREATE TABLE request (
      id INTEGER PRIMARY KEY,
      writer INTEGER NOT NULL REFERENCES writer, number INTEGER NOT NULL, attempt INTEGER NOT NULL,
      started INTEGER NOT NULL, duration INTEGER, first_token INTEGER,
      model INTEGER NOT NULL REFERENCES model, session INTEGER REFERENCES session,
      route INTEGER NOT NULL, stream INTEGER, status INTEGER, failure INTEGER, source INTEGER NOT NULL,
      input INTEGER, cache_read INTEGER, cache_write_5m INTEGER, cache_write_1h INTEGER, output INTEGER,
      reasoning INTEGER, prompt_bytes INTEGER, answer_bytes INTEGER);
    CREATE UNIQUE INDEX request_key ON request (writer, number, attempt, started);
    CREATE INDEX request_started ON request (started);
    CREATE INDEX request_open ON request (writer) WHERE duration IS NULL;

    CREATE TABLE fragment (
      id INTEGER PRIMARY KEY,
      writer INTEGER NOT NULL REFERENCES writer, number INTEGER NOT NULL, head INTEGER, start INTEGER NOT NULL,
      place INTEGER NOT NULL, facts BLOB NOT NULL);
    CREATE INDEX fragment_request ON fragment (writer, number);

    CREATE TABLE file (
      id INTEGER PRIMARY KEY,
      path TEXT NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,
      modified INTEGER NOT NULL, head_length INTEGER NOT NULL, head_hash INTEGER NOT NULL,
      tail_hash INTEGER NOT NULL, place INTEGER NOT NULL, lines INTEGER NOT NULL);
    CREATE UNIQUE INDEX file_identity ON file (device, inode);
    CREATE INDEX file_head ON file (head_hash);
    """
}

/// How the path of a store stands in the ledger.
enum StoreKey {
  static func of(_ path: String) -> String { String(StableHash.of(path), radix: 36) }
}
