import GRDB

/// One kind of evidence that records are of one call.
protocol CallJoin {
  /// Joins what came or changed since it ran last.
  static func run(_ state: inout JoinState) throws
}

/// What joins share while they run.
struct JoinState {
  let database: Database
  var rows: RequestRows
  var answers: ClientAnswers
  var unrouted: UnroutedModels
  /// The sessions whose answers were taken back in this run, to be joined again.
  var sessions: [Int64] = []

  /// Whether a request names no session.
  func hasSessionless() throws -> Bool {
    try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM request WHERE session IS NULL)") ?? false
  }
}
