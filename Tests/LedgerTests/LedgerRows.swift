import GRDB
import Model

@testable import Ledger

/// A row of the ledger as tests look at it.
struct LedgerRow {
  var number: Int64
  var attempt: Int
  var started: Int64
  var ended: Int64?
  var firstToken: Int64?
  var model: ModelID
  var session: String?
  var stream: Bool?
  var status: Int?
  var failure: FailureKind?
  var route: Route
  var input: Int64?
  var cacheRead: Int64?
  var output: Int64?
}

extension Workbench {
  func rows() throws -> [LedgerRow] {
    try ledger.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT request.*, \(Self.number) AS unique_number, provider, model.model AS name, session.name AS session_name
          FROM request JOIN model ON model.id = request.model LEFT JOIN session ON session.id = request.session
          ORDER BY started, unique_number, attempt
          """
      ).map { row in
        let started: Int64 = row["started"]
        return LedgerRow(
          number: row["unique_number"], attempt: row["attempt"], started: started,
          ended: (row["duration"] as Int64?).map { started + $0 },
          firstToken: (row["first_token"] as Int64?).map { started + $0 },
          model: ModelID(provider: row["provider"], model: row["name"]), session: row["session_name"],
          stream: row["stream"], status: row["status"],
          failure: (row["failure"] as Int?).map { Codes.word($0, in: Codes.failures, or: .interrupted) },
          route: Codes.word(row["route"], in: Codes.routes, or: .unknown), input: row["input"],
          cacheRead: row["cache_read"], output: row["output"])
      }
    }
  }
}
