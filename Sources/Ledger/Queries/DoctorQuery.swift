import Foundation
import GRDB
package import Reading
package import Model

/// A file of a source, and how much of it is in no ledger yet.
package struct SourceFile: Hashable, Sendable {
  package var path: String
  /// Bytes.
  package var size: Int64
  /// When it was last written to, epoch milliseconds.
  package var modified: Int64
  /// How many of its bytes the next ingest would read.
  package var pending: Int64

  /// The files at or below a path, as an ingest would find them.
  /// - Parameters:
  ///   - ledger: `nil` where nothing was ever ingested.
  ///   - skip: told in words of each folder below the path that cannot be looked into.
  /// - Throws: `LedgerError`. A file that cannot be read counts as not ingested.
  package static func files(
    at path: String, ledger: LedgerFile?, skip: (String) -> Void
  ) throws(LedgerError) -> [SourceFile] {
    var known = try ledger?.read { try KnownFiles(in: $0) }
    var files: [SourceFile] = []
    for facts in try FileTree.files(at: path, skip: { skip($0.description) }) {
      var pending = facts.size
      if known?.isForeign(facts) == true {
        pending = 0
      } else if known != nil {
        do throws(LogError) {
          pending = try known?.checkpoint(for: facts).map { max(0, facts.size - $0.place) } ?? 0
        } catch {
          // Nothing of it is known to be in the ledger.
        }
      }
      files.append(
        SourceFile(path: facts.path, size: facts.size, modified: facts.modified / 1_000_000, pending: pending))
    }
    return files
  }
}

/// A router's store, and how much of it is in no ledger yet.
package struct SourceStore: Hashable, Sendable {
  package var path: String
  /// What it holds.
  package var table: StoreTable
  /// Whether it holds or ever held a request that we know of.
  package var hasRequests: Bool
  /// How many requests the next ingest would read for the first time.
  package var pending: Int

  /// Looks into a store, without its router noticing.
  /// - Parameters:
  ///   - temporaryFolder: where a private copy goes when it cannot be read where it is.
  ///   - ledger: `nil` where nothing was ever ingested.
  /// - Returns: `nil` for a database of some other program.
  /// - Throws: `LedgerError`, `.store` where the store cannot be read.
  package static func look(
    at path: String, temporaryFolder: String, ledger: LedgerFile?
  ) throws(LedgerError) -> SourceStore? {
    let store = RouterStore(path: path, temporaryFolder: URL(filePath: temporaryFolder))
    guard case .store(let table) = try LedgerError.store({ () throws(StoreError) in try store.kind() }) else {
      return nil
    }
    let text = try ledger?.cursor(ofStore: path)
    let known = text.flatMap { try? JSONDecoder().decode(StoreCursor.self, from: Data($0.utf8)) }
    var found = SourceStore(path: path, table: table, hasRequests: (known?.last ?? 0) > 0, pending: 0)
    var (cursor, more) = (known, true)
    while more {
      let after = cursor
      let reading = try LedgerError.store { () throws(StoreError) in try store.read(after: after) }
      // A store that ends before the row that was read last was created again.
      let seen = known.map { $0.last <= reading.cursor.last ? $0.last : 0 } ?? 0
      found.hasRequests = found.hasRequests || !reading.requests.isEmpty
      found.pending += reading.requests.count { $0.row > seen }
      (cursor, more) = (reading.cursor, reading.more)
    }
    return found
  }
}

/// What is odd about a ledger's requests.
package struct LedgerOddities: Hashable, Sendable {
  /// Requests of a model, and how many of them.
  package struct Count: Hashable, Sendable {
    package var model: ModelID
    /// The requests that were looked at.
    package var requests: Int
    /// Those of them that are odd.
    package var odd: Int
  }

  /// The models of which the provider's own tokens of a stream are known.
  package var measuredStreams: Set<ModelID> = []

  /// Requests of a model whose tokens are unknown for the same reason.
  package struct Unmeasured: Hashable, Sendable {
    package var model: ModelID
    /// Why nobody knows the tokens.
    package var reason: UnmeasuredReason
    package var requests: Int
  }

  /// Requests without tokens, by model and reason; those in the archive are left out.
  package var unmeasured: [Unmeasured] = []
  /// How many answers of clients the ledger holds.
  package var answers = 0
  /// Whether others than claude-code-router wrote some of its requests down.
  package var hasOtherWriters = false
  /// Whether claude-code-router did.
  package var hasRouter = false
  /// Requests that both the router and the client measured; odd are those where the totals differ by more than 1 %.
  package var disagreements: [Count] = []
  /// Requests whose provider nobody knows; all are odd.
  package var unknownProvider: [Count] = []
  /// Sessions whose client's clock was off.
  package var offSessions = 0
  /// The offset of those that was farthest off, milliseconds; positive where the client's clock was ahead.
  package var largestOffset: Int64 = 0
  /// Requests that began after the given time.
  package var future = 0

  package init() {}
}

/// What a router says that a request cost.
package struct ClaimedRequest: Hashable, Sendable {
  package var model: ModelID
  /// When the request began, epoch milliseconds.
  package var started: Int64
  /// Its tokens, where they are measured.
  package var usage: TokenUsage?
  /// The claim, picodollars.
  package var claim: Int64
}

extension LedgerFile {
  /// Where the last reading of a store ended, in its source's own words; `nil` where it was never read.
  package func cursor(ofStore path: String) throws(LedgerError) -> String? {
    try read {
      try String.fetchOne($0, sql: "SELECT cursor FROM store WHERE path = ?", arguments: [StoreKey.of(path)])
    }
  }

  /// What is odd about the requests.
  /// - Parameter now: epoch milliseconds; what began more than five minutes later has a wrong time.
  package func oddities(now: Int64) throws(LedgerError) -> LedgerOddities {
    try read { database in
      var found = LedgerOddities()
      found.answers = try Int.fetchOne(database, sql: "SELECT count(*) FROM message") ?? 0
      func total(_ table: String) -> String { RequestColumns.classes.map { "\(table).\($0)" }.joined(separator: " + ") }
      found.disagreements = try Self.counts(
        database,
        """
        SELECT model, count(*) AS requests, sum(abs(own - theirs) * 100 > max(own, theirs)) AS odd FROM (
          SELECT request.model, \(total("request")) AS own, \(total("message")) AS theirs
          FROM request JOIN message ON message.id = request.message
          WHERE request.source IN (1, 2) AND message.complete AND message.input IS NOT NULL)
        GROUP BY model
        """)
      found.measuredStreams = Set(
        try Self.counts(
          database,
          """
          SELECT model, count(*) AS requests, count(*) AS odd FROM request WHERE source = 1 AND stream GROUP BY model
          """
        ).map(\.model))
      func isWritten(_ condition: String) throws -> Bool {
        try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM writer WHERE source \(condition))") ?? false
      }
      found.hasOtherWriters = try isWritten("NOT LIKE 'claude-code-router%'")
      found.hasRouter = try isWritten("LIKE 'claude-code-router%'")
      found.unknownProvider = try Self.counts(
        database,
        """
        SELECT request.model, count(*) AS requests, count(*) AS odd
        FROM request JOIN model ON model.id = request.model
        WHERE provider = 'unknown' AND NOT \(RequestColumns.failed) GROUP BY request.model
        """)
      found.unmeasured = try Row.fetchAll(
        database,
        sql: """
          SELECT provider, model.model AS name, request.reason AS reason, count(*) AS requests
          FROM request JOIN model ON model.id = request.model
          WHERE request.source = 0 AND request.reason > 0 AND NOT \(RequestColumns.failed)
          GROUP BY provider, name, request.reason ORDER BY requests DESC, provider, name
          """
      ).compactMap { row in
        try Codes.reason(row.value("reason")).map {
          try LedgerOddities.Unmeasured(
            model: ModelID(provider: row.value("provider"), model: row.value("name")), reason: $0,
            requests: row.value("requests"))
        }
      }
      let clocks = try Row.fetchOne(
        database,
        sql: """
          SELECT count(*) AS sessions, coalesce(max(clock_offset), 0) AS ahead, coalesce(min(clock_offset), 0) AS behind
          FROM session WHERE clock_offset IS NOT NULL
          """)
      if let clocks {
        found.offSessions = try clocks.value("sessions")
        let (ahead, behind): (Int64, Int64) = try (clocks.value("ahead"), clocks.value("behind"))
        let largest = ahead.magnitude > behind.magnitude ? ahead : behind
        _ = try ForeignValue.count(Int64(clamping: largest.magnitude), "clock_offset")
        found.largestOffset = largest
      }
      found.future =
        try Int.fetchOne(
          database, sql: "SELECT count(*) FROM request WHERE id >= ?",
          arguments: [RequestID.range(now + 300_001..<Int64.max).lowerBound]) ?? 0
      return found
    }
  }

  private static func counts(_ database: Database, _ sql: String) throws -> [LedgerOddities.Count] {
    try Row.fetchAll(
      database,
      sql: """
        WITH counts AS (\(sql)) SELECT provider, model.model AS name, sum(requests) AS requests, sum(odd) AS odd
        FROM counts JOIN model ON model.id = counts.model GROUP BY provider, name ORDER BY provider, name
        """
    ).map { row in
      try LedgerOddities.Count(
        model: ModelID(provider: row.value("provider"), model: row.value("name")), requests: row.value("requests"),
        odd: row.value("odd"))
    }
  }

  /// Hands out every request whose router claims a cost.
  package func forEachClaim(_ body: (ClaimedRequest) -> Void) throws(LedgerError) {
    try read { database in
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT provider, model.model AS name, started, claim, source, input, cache_read, cache_write_5m,
            cache_write_1h, output
          FROM request JOIN model ON model.id = request.model WHERE claim IS NOT NULL
          """)
      while let row = try rows.next() {
        let measured = try [1, 2, 3].contains(row.value("source", as: Int?.self))
        try body(
          ClaimedRequest(
            model: ModelID(provider: row.value("provider"), model: row.value("name")), started: row.value("started"),
            usage: measured ? TokenUsage(row) : nil,
            claim: row.value("claim")))
      }
    }
  }
}
