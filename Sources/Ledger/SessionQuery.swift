import GRDB
package import Usage

extension LedgerFile {
  /// Hands out the measured requests of a span one by one in the order of time, so that of those of each session too.
  /// - Parameter span: epoch milliseconds.
  /// - Throws: `LedgerError`.
  package func measuredRequests(in span: Range<Int64>, _ body: (SessionRequest) -> Void) throws(LedgerError) {
    try read { database in
      let models = try modelNames(database)
      let sessions = try Row.fetchAll(database, sql: "SELECT id, name FROM session").reduce(into: [Int64: String]()) {
        $0[$1["id"]] = $1["name"]
      }
      let requests = try Row.fetchCursor(
        database,
        sql: """
          SELECT started, duration, model, session, route, input + cache_read + cache_write_5m + cache_write_1h, output,
            source
          FROM request WHERE started >= ? AND started < ? AND source IN (1, 2, 3) ORDER BY started, id
          """, arguments: [span.lowerBound, span.upperBound])
      while let row = try requests.next() {
        guard let model = models[row[2]] else { continue }
        let (started, duration): (Int64, Int64?) = (row[0], row[1])
        body(
          SessionRequest(
            session: (row[3] as Int64?).flatMap { sessions[$0] }, model: model,
            route: Codes.word(row[4], in: Codes.routes, or: .unknown), started: started,
            ended: duration.map { started + $0 }, prompt: row[5] ?? 0, output: row[6] ?? 0,
            source: Codes.word(row[7], in: Codes.sources, or: .unknown)))
      }
    }
  }
}

extension TrafficScope {
  /// Whether a request of a route counts.
  package func holds(_ route: Route) -> Bool {
    switch self {
    case .all: true
    case .routed: route != .direct
    case .direct: route == .direct
    }
  }
}
