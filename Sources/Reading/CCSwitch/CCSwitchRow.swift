import Foundation
import GRDB
import Model

/// One row of CC Switch's `proxy_request_logs`.
struct CCSwitchRow: Hashable, Codable {
  var requestID: String
  var app: String
  /// The provider's name, as its user gave it; its id where it was removed since.
  var provider: String
  /// The model that answered.
  var model: String
  /// The model that the client asked for.
  var requestedModel: String?
  /// Whether `input` holds what was read from and written to caches: 2 no, 1 yes; 0 that depends on the app.
  var semantics: Int64
  /// Whether a count of tokens cannot be one; `nil` means no.
  var isUnclear: Bool?
  var input: Int64
  var output: Int64
  var cacheRead: Int64
  var cacheWrite: Int64
  var status: Int
  var session: String?
  var stream: Bool?
  /// When the answer ended, epoch seconds.
  var created: Int64
  /// Milliseconds.
  var duration: Int64
  /// Milliseconds after the start.
  var firstToken: Int64?
  /// USD, decimal text.
  var claim: String?
}

extension CCSwitchRow {
  /// The table that holds requests.
  static let table = "proxy_request_logs"

  /// Its columns that are read. `error_message` can hold anything, and nothing of `providers` but names is ever asked
  /// for: its `settings_config` holds keys.
  private static let columns = [
    "request_id", "provider_id", "app_type", "model", "request_model", "input_token_semantics", "input_tokens",
    "output_tokens", "cache_read_tokens", "cache_creation_tokens", "status_code", "session_id", "is_streaming",
    "created_at", "latency_ms", "first_token_ms", "total_cost_usd",
  ]
  /// Those without which a row cannot be understood.
  private static let needed: Set<String> = [
    "request_id", "provider_id", "app_type", "model", "input_tokens", "output_tokens", "cache_read_tokens",
    "cache_creation_tokens", "status_code", "created_at",
  ]

  /// The rows of requests that went through the proxy, in the order of their numbers. What CC Switch copied from its
  /// clients' own records is none.
  /// - Throws: `StoreError.unknownSchema`.
  static func selection(in database: Database, path: String) throws -> String {
    let present = try Set(database.columns(in: table).map(\.name))
    let missing = needed.subtracting(present).sorted()
    guard missing.isEmpty else { throw StoreError.unknownSchema(path: path, missing: missing) }
    let list = columns.map { present.contains($0) ? "log.\($0)" : "NULL AS \($0)" }.joined(separator: ", ")
    let names = try Set(String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'"))
    let provider =
      names.contains("providers")
      ? "(SELECT name FROM providers WHERE providers.id = log.provider_id AND providers.app_type = log.app_type)"
      : "NULL"
    let routed = present.contains("data_source") ? "AND coalesce(log.data_source, 'proxy') = 'proxy'" : ""
    return """
      SELECT log.rowid AS number, \(list), \(provider) AS provider_name FROM \(table) AS log
      WHERE log.rowid > ? \(routed) ORDER BY log.rowid
      """
  }

  /// Reads a row.
  /// - Parameter latest: the last time that a call can have, epoch milliseconds.
  /// - Throws: the reason why it is left out.
  init(_ row: Row, latest: Int64) throws(StoreSkipReason) {
    func integer(_ column: String) -> Int64? {
      guard case .int64(let number) = (row[column] as DatabaseValue).storage else { return nil }
      return number
    }
    func name(_ column: String) -> String? {
      guard case .string(let text) = (row[column] as DatabaseValue).storage, (1...256).contains(text.utf8.count),
        text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) })
      else { return nil }
      return text
    }
    var isUnclear = false
    func tokens(_ column: String) -> Int64 {
      if let count = integer(column), (0...largestTokenCount).contains(count) { return count }
      isUnclear = true
      return 0
    }
    let requestedModel = name("request_model")
    guard let requestID = name("request_id"), let providerID = name("provider_id"), let app = name("app_type"),
      let model = name("model") ?? requestedModel
    else { throw .badName }
    guard let created = integer("created_at"), (0..<1 << 38).contains(created),
      EpochTime.range.contains(created * 1000)
    else { throw .badTime }
    guard created * 1000 <= latest else { throw .ahead }
    guard let status = integer("status_code"), (0...999).contains(status) else { throw .badStatus }
    self.requestID = requestID
    self.app = app
    self.model = model
    provider = name("provider_name") ?? providerID
    self.requestedModel = requestedModel
    semantics = integer("input_token_semantics") ?? 0
    input = tokens("input_tokens")
    output = tokens("output_tokens")
    cacheRead = tokens("cache_read_tokens")
    cacheWrite = tokens("cache_creation_tokens")
    self.isUnclear = isUnclear ? true : nil
    self.status = Int(status)
    session = name("session_id")
    stream = integer("is_streaming").map { $0 != 0 }
    self.created = created
    // A week: beyond it a duration is none.
    duration = min(max(0, integer("latency_ms") ?? 0), 7 * 86_400_000, created * 1000)
    firstToken = integer("first_token_ms").flatMap { (0...duration).contains($0) ? $0 : nil }
    claim = name("total_cost_usd").flatMap { Decimal(string: $0, locale: nil)?.description }
  }
}
