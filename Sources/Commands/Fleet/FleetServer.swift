import Fleet
import Foundation

/// A fleet's server, asked over HTTP.
struct FleetServer {
  /// The longest answer that is read, bytes.
  private static let longestAnswer = 256 << 20

  /// The database of the tables.
  let database: String
  let sql: FleetSQL
  private let url: WebhookURL
  private let isLoopback: Bool
  private let headers: [String: String]
  private let transport: any HTTPTransport
  /// Which settings it knows.
  private(set) var settings: Set<String> = []
  /// How many replicas must have a row.
  private(set) var quorum = 1

  /// The server of the configuration, asked what it can do.
  init(_ workspace: Workspace) throws(CommandFailure) {
    let fleet = workspace.settings.fleet
    guard let text = fleet.url.value else {
      throw CommandFailure(
        "no fleet is configured", hint: "`fleet.url` of the configuration names the server; docs/teams.md says all")
    }
    transport = workspace.context.transport
    let password: String?
    do throws(DeliveryError) {
      url = try WebhookURL(text, source: "\(fleet.url.origin): fleet.url")
      password = try SecretSource.fleetPassword(workspace).load()?.text
    } catch {
      throw CommandFailure("\(error)")
    }
    isLoopback = WebhookURL.isLoopback(url.url.host() ?? "")
    let path = url.url.path(percentEncoded: false).split(separator: "/")
    guard path.count < 2, url.url.query() == nil else {
      throw CommandFailure("\(fleet.url.origin): fleet.url must be of the form https://host:port/DATABASE")
    }
    database = fleet.database
    sql = FleetSQL(database: database)
    var headers = ["Content-Type": "application/octet-stream"]
    if let user = fleet.user.value { headers["X-ClickHouse-User"] = user }
    if let password { headers["X-ClickHouse-Key"] = password }
    self.headers = headers
    do throws(FleetError) {
      try greet()
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Asks what the server can do, and refuses tables of a newer program.
  private mutating func greet() throws(FleetError) {
    settings = Set(try ask(FleetSQL.settings).compactMap(\.first))
    let layout = try ask(sql.layout)
    guard let row = layout.first, row.count == 2, let schema = Int(row[0]), let quorum = Int(row[1]) else {
      throw .final("the server's view `fleet` is none of ours; `ccr-audit fleet schema` prints it")
    }
    guard schema <= FleetSchema.version else {
      throw .final("the server's tables are of a newer ccr-audit (layout \(schema)); update this one")
    }
    self.quorum = quorum
  }

  /// The rows of an answer.
  /// - Parameters:
  ///   - consistent: whether only a server that has all that was committed may answer.
  ///   - partial: whether an answer may lack what servers hold that do not answer.
  func ask(_ question: String, consistent: Bool = false, partial: Bool = false) throws(FleetError) -> [[String]] {
    var parameters = [("wait_end_of_query", "1"), ("max_query_size", "1048576")]
    if consistent, quorum > 1 { parameters.append(("select_sequential_consistency", "1")) }
    if partial { parameters.append(("skip_unavailable_shards", "1")) }
    let answer = try send(Array(question.utf8), parameters, headers, seconds: 600)
    guard answer.isComplete else {
      throw .later("its answer was cut", code: nil)
    }
    return TabSeparated.rows(answer.body)
  }

  /// Does what is no question.
  func order(_ statement: String) throws(FleetError) {
    let parameters = settings.contains("mutations_sync") ? [("mutations_sync", "1")] : []
    _ = try send(Array(statement.utf8), parameters, headers, seconds: 600)
  }

  /// Inserts rows; returns when as many replicas as are needed have them.
  func insert(_ rows: [UInt8], into table: String) throws(FleetError) {
    guard !rows.isEmpty else { return }
    var parameters = [
      ("query", FleetSchema.insertion(into: table, database: database)), ("wait_end_of_query", "1"),
      ("insert_distributed_sync", "1"),
    ]
    if quorum > 1 { parameters.append(("insert_quorum", "\(quorum)")) }
    // Of commits the order counts, for readers that ask for all of them.
    if settings.contains("insert_quorum_parallel") {
      parameters.append(("insert_quorum_parallel", table == "commits" ? "0" : "1"))
    }
    if settings.contains("async_insert") { parameters.append(("async_insert", "0")) }
    var headers = headers
    var body = rows
    // On this machine the bytes are no cost, and compressing them is.
    if !isLoopback, let packed = Gzip.compressed(rows) {
      headers["Content-Encoding"] = "gzip"
      body = packed
    }
    _ = try send(body, parameters, headers, seconds: 300)
  }

  private func send(
    _ body: [UInt8], _ parameters: [(String, String)], _ headers: [String: String], seconds: Double
  ) throws(FleetError) -> HTTPResponse {
    var components = URLComponents()
    components.scheme = url.url.scheme
    components.host = url.url.host()
    components.port = url.url.port
    components.path = "/"
    components.queryItems = parameters.map { URLQueryItem(name: $0.0, value: $0.1) }
    let request: HTTPRequest
    do throws(DeliveryError) {
      var made = HTTPRequest(
        .upload(body, headers: headers), try WebhookURL(components.string ?? "", source: "fleet.url"), timeout: seconds)
      made.maximumAnswer = Self.longestAnswer
      request = made
    } catch {
      throw .final("\(error)")
    }
    let answer: HTTPResponse
    do throws(HTTPFailure) {
      answer = try transport.send(request)
    } catch {
      if error.kind == .insecure || error.kind == .noSender { throw .final("the fleet's server: \(error)") }
      throw .later("the fleet's server cannot be reached: \(error)", code: nil)
    }
    guard answer.status == 200 else {
      throw FleetError(
        status: answer.status, body: answer.body, header: answer.headers["x-clickhouse-exception-code"])
    }
    return answer
  }
}

extension CommandFailure {
  init(_ error: FleetError) { self.init("the fleet's server did not do it: \(error)") }

  /// Works with a fleet's server; what it throws ends the command.
  static func ofFleet<Value>(_ body: () throws(FleetError) -> Value) throws(CommandFailure) -> Value {
    do {
      return try body()
    } catch {
      throw CommandFailure(error)
    }
  }
}

extension SecretSource {
  static let fleetPasswordVariable = "CCR_AUDIT_FLEET_PASSWORD"
  static let fleetSaltVariable = "CCR_AUDIT_FLEET_SALT"

  /// The password of `fleet.user`.
  static func fleetPassword(_ workspace: Workspace) -> SecretSource {
    SecretSource(
      variable: fleetPasswordVariable, credential: "fleet-password", environment: workspace.context.environment,
      file: workspace.settings.fleet.passwordFile.value)
  }

  /// The secret that all machines of a team share.
  static func fleetSalt(_ workspace: Workspace) -> SecretSource {
    SecretSource(
      variable: fleetSaltVariable, credential: "fleet-salt", environment: workspace.context.environment,
      file: workspace.settings.fleet.saltFile.value)
  }
}
