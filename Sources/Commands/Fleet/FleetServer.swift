import Fleet
import Foundation
import Model

/// A fleet's server, asked over HTTP.
struct FleetServer {
  /// The longest answer that is read, bytes.
  private static let longestAnswer = 256 << 20
  /// The longest answer to a question about the server itself.
  private static let shortAnswer = 1 << 20

  /// How often it is asked for what does not add up, and how long to wait between, milliseconds.
  static let (attempts, pause): (Int, Int64) = (3, 2000)

  /// The database of the tables.
  let database: String
  let sql: FleetSQL
  private let url: WebhookURL
  private let isLoopback: Bool
  private let headers: [String: String]
  private let transport: any HTTPTransport
  private let now: @Sendable () -> Int64
  /// Which settings it knows.
  private var settings: Set<String> = []
  /// How many replicas must have a row.
  private var quorum = 1
  /// Whether pushes wait for one replica alone, so that another one can be behind and not know it.
  private var mayBeBehind = false
  /// How far its clock is ahead of this machine's, milliseconds; 0 for a few seconds.
  private var ahead: Int64 = 0

  /// The server of the configuration. It is asked nothing before `greet`.
  init(_ workspace: Workspace) throws(CommandFailure) {
    let fleet = workspace.settings.fleet
    guard let text = fleet.url.value else {
      throw workspace.unset(
        "no fleet is configured",
        hint: "`fleet.url` of the configuration names the server; `ccr-audit fleet schema` prints its tables")
    }
    transport = workspace.context.transport
    now = workspace.context.now
    let password: String?
    do throws(DeliveryError) {
      url = try WebhookURL(text, source: "\(fleet.url.origin): fleet.url")
      password = try SecretSource.fleetPassword(workspace).load()?.text
    } catch {
      throw CommandFailure("\(error)")
    }
    isLoopback = WebhookURL.isLoopback(url.url.host() ?? "")
    let path = url.url.path(percentEncoded: false).split(separator: "/")
    guard path.count < 2, url.url.query() == nil, url.url.fragment() == nil else {
      throw CommandFailure("\(fleet.url.origin): fleet.url must be of the form https://host:port/DATABASE")
    }
    database = fleet.database
    sql = FleetSQL(database: database)
    var headers = ["Content-Type": "application/octet-stream"]
    if let user = fleet.user.value { headers["X-ClickHouse-User"] = user }
    if let password {
      // What ends a header's line would begin another header.
      guard password.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
        throw CommandFailure("the password of the fleet's server holds line ends or other controls")
      }
      headers["X-ClickHouse-Key"] = password
    }
    self.headers = headers
  }

  /// What time it is there, epoch milliseconds: of all machines' clocks some are wrong, and what they note is compared.
  var clock: Int64 { now() + ahead }

  /// Tells this server from others: a hash of its address and database.
  var identity: UInt64 {
    var hash = StableHash()
    hash.add("\(url.url.host() ?? "") \(url.url.port ?? 0) \(database)".utf8)
    return UInt64(bitPattern: hash.value)
  }

  /// Asks what the server can do, and refuses tables of a newer program.
  mutating func greet() throws(FleetError) {
    // A server that says nothing is not waited for as one that adds up.
    func ask(_ question: String) throws(FleetError) -> [[String]] {
      TabSeparated.rows(try answer(question, [], seconds: 60, atMost: Self.shortAnswer))
    }
    let known = try ask(FleetSQL.settings)
    guard known.allSatisfy({ $0.count == 1 && FleetSQL.settings.contains("'\($0[0])'") }) else { throw .noClickHouse }
    settings = Set(known.map { $0[0] })
    let layout = try ask(sql.layout)
    guard let row = layout.first, row.count == 3, let schema = Int(row[0]), let quorum = Int(row[1]),
      (1...100).contains(quorum), let seconds = Int64(row[2]),
      (0..<EpochTime.range.upperBound / 1000).contains(seconds)
    else {
      throw .final("the server's view `fleet` is none of ours; `ccr-audit fleet schema` prints it")
    }
    guard schema <= FleetSchema.version else {
      throw .final("the server's tables are of a newer ccr-audit (layout \(schema)); update this one")
    }
    self.quorum = quorum
    mayBeBehind = (quorum == 1 ? try ask(sql.hasReplicas) : []) == [["1"]]
    ahead = seconds * 1000 - now()
    if ahead.magnitude < 5000 { ahead = 0 }
  }

  /// Refuses a replica that lacks what others have, where pushes do not wait for it: it would show older hours as whole.
  func demandCurrent() throws(FleetError) {
    guard mayBeBehind else { return }
    let row: [String]?
    do throws(FleetError) {
      row = try ask(sql.replica).first
    } catch {
      throw error.isOfRights ? .hiddenReplicas : error
    }
    guard let row else { throw .hiddenReplicas }
    guard row.first == "1" else { throw .keeperless }
    guard row == ["1", "1"] else { throw .behind }
  }

  /// The rows of an answer.
  /// - Parameters:
  ///   - consistent: whether only a server that has all that was committed may answer.
  ///   - partial: whether an answer may lack what servers hold that do not answer.
  func ask(_ question: String, consistent: Bool = false, partial: Bool = false) throws(FleetError) -> [[String]] {
    TabSeparated.rows(try bytes(question, consistent: consistent, partial: partial))
  }

  /// The same answer as it comes, for one of many rows.
  func bytes(_ question: String, consistent: Bool = false, partial: Bool = false) throws(FleetError) -> [UInt8] {
    var parameters: [(String, String)] = []
    if consistent, quorum > 1 { parameters.append(("select_sequential_consistency", "1")) }
    if partial { parameters.append(("skip_unavailable_shards", "1")) }
    // The newest commits are then found along the table, in little memory.
    if settings.contains("optimize_aggregation_in_order") { parameters.append(("optimize_aggregation_in_order", "1")) }
    // Seconds. A replica that is further behind is asked only where no other one answers.
    if settings.contains("max_replica_delay_for_distributed_queries") {
      parameters.append(("max_replica_delay_for_distributed_queries", "2"))
    }
    return try answer(question, parameters, seconds: 600, atMost: Self.longestAnswer)
  }

  private func answer(
    _ question: String, _ parameters: [(String, String)], seconds: Double, atMost maximum: Int
  ) throws(FleetError) -> [UInt8] {
    let answer = try send(
      Array(question.utf8), [("wait_end_of_query", "1"), ("max_query_size", "1048576")] + parameters, headers, .reading,
      seconds: seconds, atMost: maximum)
    guard answer.isComplete else {
      if answer.body.count >= maximum {
        guard maximum == Self.longestAnswer else { throw .noClickHouse }
        throw .final("its answer is longer than \(maximum >> 20) MiB; ask for fewer days")
      }
      throw .later("its answer was cut", code: nil)
    }
    return answer.body
  }

  /// Does what is no question.
  func order(_ statement: String) throws(FleetError) {
    let parameters = settings.contains("mutations_sync") ? [("mutations_sync", "1")] : []
    _ = try send(Array(statement.utf8), parameters, headers, .writing, seconds: 600, atMost: Self.shortAnswer)
  }

  /// Inserts rows; returns when as many replicas as are needed have them.
  func insert(_ rows: [UInt8], into table: String) throws(FleetError) {
    guard !rows.isEmpty else { return }
    var parameters = [
      ("query", FleetSchema.insertion(into: table, database: database)), ("wait_end_of_query", "1"),
      ("insert_distributed_sync", "1"),
    ]
    // A replica that is behind is waited for as long as the others are.
    if quorum > 1 { parameters += [("insert_quorum", "\(quorum)"), ("insert_quorum_timeout", "60000")] }
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
    let answer = try send(body, parameters, headers, .writing, seconds: 300, atMost: HTTPResponse.maximumBody)
    // ClickHouse says nothing where it took rows in. A sign-in page says much, with the same status.
    guard answer.body.isEmpty else { throw .later("\(FleetError.noClickHouse)", code: nil) }
  }

  private func send(
    _ body: [UInt8], _ parameters: [(String, String)], _ headers: [String: String], _ purpose: FleetError.Purpose,
    seconds: Double, atMost maximum: Int
  ) throws(FleetError) -> HTTPResponse {
    // A server takes a plus for a space.
    let query = parameters.map { URLQueryItem(name: $0.0, value: $0.1) }
    let request: HTTPRequest
    do throws(DeliveryError) {
      var components = URLComponents()
      components.queryItems = query
      let words = (components.percentEncodedQuery ?? "").replacing("+", with: "%2B")
      let host = url.url.host() ?? ""
      let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
      let place = "\(url.url.scheme ?? "https")://\(name)\(url.url.port.map { ":\($0)" } ?? "")/"
      var made = HTTPRequest(
        .upload(body, headers: headers), try WebhookURL("\(place)?\(words)", source: "fleet.url"), timeout: seconds)
      made.maximumAnswer = maximum
      request = made
    } catch {
      throw .final("\(error)")
    }
    let answer: HTTPResponse
    do throws(HTTPFailure) {
      answer = try transport.send(request)
    } catch {
      if error.kind == .insecure || error.kind == .noSender { throw .final("\(error)") }
      throw .later("it cannot be reached: \(error)", code: nil)
    }
    guard answer.status == 200 else {
      throw FleetError(
        status: answer.status, body: answer.body, header: answer.headers["x-clickhouse-exception-code"], purpose)
    }
    return answer
  }
}

extension CommandFailure {
  init(_ error: FleetError) { self.init("the fleet's server: \(error)") }

  /// Works with a fleet's server; what it throws ends the command.
  static func ofFleet<Value>(_ body: () throws(FleetError) -> Value) throws(CommandFailure) -> Value {
    try of(body) { CommandFailure($0) }
  }
}

extension FleetServer {
  /// What machines committed of hours, or what is stored of it.
  func holdings(
    _ question: String, consistent: Bool = false, partial: Bool = false
  ) throws(FleetError) -> [FleetHolding] {
    var found: [FleetHolding] = []
    for row in try ask(question, consistent: consistent, partial: partial) {
      guard let holding = FleetHolding(row) else { throw .uncountable }
      found.append(holding)
    }
    return found
  }

  /// What is missing of hours; `nil` where machines pushed meanwhile, so that nobody can say.
  func gap(_ hours: Range<Int64>, consistent: Bool = false) throws(FleetError) -> FleetGap? {
    if consistent { try demandCurrent() }
    let committed = try holdings(sql.committed(hours), consistent: consistent)
    let stored = try holdings(sql.stored(hours), partial: true)
    let gap = FleetGap(committed: committed, stored: stored)
    guard !gap.isNone else { return gap }
    let after = try holdings(sql.committed(hours), consistent: consistent)
    return Set(after) == Set(committed) ? gap : nil
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
