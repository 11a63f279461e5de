import GRDB

/// The two tables of claude-code-router 3 that hold requests.
package enum StoreTable: String, Codable, Sendable, CaseIterable {
  /// `usage.sqlite`: a row for every request, never pruned.
  case usageEvents = "usage_events"
  /// `request-logs.sqlite`: off by default, pruned to the current day, changed after it was written.
  case requestLogs = "request_logs"

  /// The store's table in a database; `nil` where it has none.
  static func find(in database: Database) throws -> StoreTable? {
    let names = try Set(String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'"))
    return allCases.first { names.contains($0.rawValue) }
  }

  /// The columns of the table that a request needs, in the order of `StoreColumn`; what this version of the router
  /// does not have stands as NULL.
  /// - Throws: `StoreError.unknownSchema`.
  func selection(in database: Database, path: String) throws -> String {
    let present = try Set(database.columns(in: rawValue).map(\.name))
    let missing = StoreColumn.allCases.filter { $0.isNeeded && !present.contains($0.rawValue) }.map(\.rawValue)
    guard missing.isEmpty else { throw StoreError.unknownSchema(path: path, missing: missing) }
    return StoreColumn.allCases.map { column in
      switch column {
      case .row: "rowid"
      case .error:
        // The one before the bodies is tried first: reaching the one behind them means walking over them.
        switch (present.contains("gateway_error"), present.contains("error")) {
        case (true, true): "substr(coalesce(nullif(gateway_error, ''), error), 1, 200)"
        case (true, false): "substr(gateway_error, 1, 200)"
        case (false, true): "substr(error, 1, 200)"
        case (false, false): "NULL"
        }
      case .session:
        // Only this one header leaves SQLite.
        present.contains("request_headers")
          ? """
          CASE WHEN json_valid(request_headers)
            THEN json_extract(request_headers, '$."x-claude-code-session-id"') END
          """ : "NULL"
      default: present.contains(column.rawValue) ? column.rawValue : "NULL"
      }
    }.joined(separator: ", ")
  }
}

/// What is read of a row. Raw values are the names of columns.
enum StoreColumn: String, CaseIterable {
  case row = "rowid"
  case created = "created_at"
  case completed = "completed_at"
  case requestID = "request_id"
  case path
  case model
  case provider
  case requestedModel = "requested_model"
  case isStream = "is_stream"
  case status = "status_code"
  case ok
  case duration = "duration_ms"
  case input = "input_tokens"
  case output = "output_tokens"
  case reasoning = "reasoning_tokens"
  case cacheRead = "cache_read_tokens"
  case cacheWrite = "cache_write_tokens"
  case total = "total_tokens"
  case cost = "cost_usd"
  case costSource = "cost_source"
  case copiedFrom = "source_usage_id"
  case error
  case session

  /// Whether a row without it cannot be understood.
  var isNeeded: Bool {
    switch self {
    case .created, .requestID, .path, .model, .provider, .status, .duration, .input, .output, .cacheRead, .cacheWrite:
      true
    default: false
    }
  }

  /// Where it stands in a row that was read.
  var position: Int { Self.positions[self] ?? 0 }

  private static let positions = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}
