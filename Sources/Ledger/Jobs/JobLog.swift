import GRDB

/// When each job of the schedule last ran, and how it ended.
package struct JobRun: Hashable, Sendable {
  /// `ingest`, `run`, or `reading` for the part of a run that reads.
  package var name: String
  /// When it last began, epoch milliseconds.
  package var started: Int64
  /// When it ended; `nil` while it runs, or where it was killed.
  package var ended: Int64?
  /// How it ended, in words without names from logs.
  package var outcome: String?
  /// When it last ended well.
  package var succeeded: Int64?
}

extension LedgerFile {
  /// Notes that a job begins.
  package func jobBegan(_ name: String, at now: Int64) throws(LedgerError) {
    try write {
      try $0.execute(
        sql: """
          INSERT INTO job (name, started) VALUES (?, ?)
          ON CONFLICT (name) DO UPDATE SET started = excluded.started, ended = NULL, outcome = NULL
          """, arguments: [name, now])
    }
  }

  /// Notes how a job ended.
  /// - Parameter failure: what failed; `nil` where all went well.
  package func jobEnded(_ name: String, at now: Int64, failure: String?) throws(LedgerError) {
    try write {
      try $0.execute(
        sql:
          "UPDATE job SET ended = ?1, outcome = ?2, succeeded = CASE WHEN ?2 = 'ok' THEN ?1 ELSE succeeded END WHERE name = ?3",
        arguments: [now, failure ?? "ok", name])
    }
  }

  /// The jobs that ever ran.
  package func jobs() throws(LedgerError) -> [JobRun] {
    try read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM job ORDER BY name").map {
        try JobRun(
          name: $0.value("name"), started: $0.value("started"), ended: $0.value("ended"), outcome: $0.value("outcome"),
          succeeded: $0.value("succeeded"))
      }
    }
  }
}
