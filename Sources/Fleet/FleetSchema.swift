/// The tables of a fleet's server, as DDL that an administrator runs: this program never does. One text for ClickHouse
/// of 2018 (18.16) and of today.
package enum FleetSchema {
  /// Counts up when what a client has to know changes. Columns are only ever added.
  package static let version = 1

  /// A column of `request`, in the order of what is sent.
  package struct Column: Sendable {
    package var name: String
    package var type: RowBinary.FieldType
    package var meaning: String
  }

  /// The columns of `request`. `endpoint` to `assumed` set the price beside
  /// provider and model.
  package static let request: [Column] = {
    func column(_ name: String, _ type: RowBinary.FieldType, _ meaning: String) -> Column {
      Column(name: name, type: type, meaning: meaning)
    }
    var columns = [
      column("machine", .uint64, "keyed hash of the ledger's id"),
      column("hour", .uint32, "hours since 1970, UTC"),
      column("version", .uint64, "of the hour; it counts once commits names it"),
      column("key", .uint64, "keyed hash of what tells the request from others"),
      column("started", .int64, "epoch milliseconds"),
      column("session", .uint64, "keyed hash; 0 for none"),
      column("requests", .uint32, "1, or how many a sum stands for"),
      column("provider", .string, "who was called"),
      column("model", .string, ""),
      column("endpoint", .string, "the provider's host that was called, which sets the price; empty where unknown"),
      column("speed", .string, ""),
      column("geo", .string, ""),
      column("tier", .string, ""),
      column("batch", .uint8, "1 where the call was part of a batch"),
      column("split_unknown", .uint8, "1 where the cached part of the prompt is not known"),
      column("assumed", .uint8, "1 where the provider is inferred"),
      column("program", .string, "what wrote the record"),
      column("route", .string, ""),
      column("source", .string, "where the tokens come from"),
      column("failure", .string, ""),
      column("trace", .string, "what the record of a request without tokens holds"),
      column("reason", .string, "why nobody knows the tokens"),
      column("duration", .optional, "milliseconds"),
      column("first_token", .optional, "milliseconds after started"),
      column("stream", .optional, "1 for a stream"),
      column("prompt", .optional, "tokens; NULL: nobody wrote it down"),
    ]
    for name in ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning"] {
      columns.append(column(name, .optional, "tokens"))
    }
    for name in ["cacheable", "cached_5m", "cached_1h"] {
      columns.append(column(name, .optional, "tokens of the prompt"))
    }
    columns.append(column("claim", .optional, "what the router says that it cost, picodollars"))
    for name in ["web_searches", "prompt_bytes", "answer_bytes"] { columns.append(column(name, .optional, "")) }
    for name in ["estimated_input", "estimated_output"] {
      columns.append(column(name, .optional, "tokens that a proxy counted by itself"))
    }
    return columns
  }()

  private static let commits: [(name: String, type: RowBinary.FieldType)] = [
    ("machine", .uint64), ("hour", .uint32), ("version", .uint64), ("rows", .uint32), ("requests", .uint64),
    ("digest", .uint64), ("routed", .uint8), ("direct", .uint8), ("schema", .uint16),
  ]

  private static let machine: [(name: String, type: RowBinary.FieldType)] = [
    ("machine", .uint64), ("seen", .int64), ("name", .string), ("team", .string),
  ]

  /// The types of `commits`, in the order of what is sent.
  package static var commitTypes: [RowBinary.FieldType] { commits.map(\.type) }

  /// The types of `machine`, in the order of what is sent.
  package static var machineTypes: [RowBinary.FieldType] { machine.map(\.type) }

  /// The statements, each ended by a semicolon.
  /// - Parameters:
  ///   - database: where the tables go.
  ///   - cluster: the servers' cluster; `nil` for one server.
  ///   - quorum: how many replicas must have a row before a push goes on; 1 for what is not replicated.
  package static func ddl(database: String, cluster: String?, quorum: Int) -> String {
    let (name, on) = (quoted(database), cluster.map { " ON CLUSTER \(quoted($0))" } ?? "")
    let isReplicated = cluster != nil
    func table(_ table: String, _ columns: [(name: String, type: RowBinary.FieldType)]) -> String {
      "CREATE TABLE IF NOT EXISTS \(name).\(table)\(on) (\n"
        + columns.map { "  \($0.name) \($0.type.sql)" }.joined(separator: ",\n") + "\n)"
    }
    func engine(_ kind: String, _ table: String, shard: String, _ extra: String = "") -> String {
      guard isReplicated else { return "\(kind)MergeTree(\(extra))" }
      let folder = escaped(database, in: "'")
      let path = "'/clickhouse/tables/\(shard)/\(folder)/\(table)', '\(shard == "all" ? "{shard}-" : "")"
      return "Replicated\(kind)MergeTree(\(path){replica}'\(extra.isEmpty ? "" : ", \(extra)"))"
    }
    let rows = request.map { (name: $0.name, type: $0.type) }
    let order = """
      PARTITION BY toYYYYMM(toDateTime(hour * 3600)) ORDER BY (machine, hour, version, started)
      """
    let local = isReplicated ? "request_local" : "request"
    var statements = [
      "CREATE DATABASE IF NOT EXISTS \(name)\(on)",
      "\(table(local, rows)) ENGINE = \(engine("", "request", shard: "{shard}")) \(order)",
    ]
    if let cluster {
      statements.append(
        "\(table("request", rows)) ENGINE = Distributed(\(quoted(cluster)), \(name), request_local, intHash64(machine))"
      )
    }
    statements += [
      "\(table("commits", commits)) ENGINE = \(engine("Replacing", "commits", shard: "all", "version")) "
        + "ORDER BY (machine, hour)",
      "\(table("machine", machine)) ENGINE = \(engine("Replacing", "machine", shard: "all", "seen")) ORDER BY machine",
      "CREATE VIEW IF NOT EXISTS \(name).fleet\(on) AS SELECT \(version) AS schema, \(quorum) AS quorum",
    ]
    return statements.map { $0 + ";\n" }.joined()
  }

  /// A statement that inserts rows, without them.
  package static func insertion(into table: String, database: String) -> String {
    let columns =
      switch table {
      case "commits": commits.map(\.name)
      case "machine": machine.map(\.name)
      default: request.map(\.name)
      }
    return "INSERT INTO \(quoted(database)).\(table) (\(columns.joined(separator: ", "))) FORMAT RowBinary"
  }

  /// Removes rows of versions of hours, each machine, hour and version. They are named one by one, so that a server that
  /// is behind with the commits removes nothing else.
  package static func removal(of versions: [[String]], database: String, cluster: String?) -> String {
    let name = quoted(database)
    let (table, on) = (cluster == nil ? "request" : "request_local", cluster.map { " ON CLUSTER \(quoted($0))" } ?? "")
    // Numbers, whatever the server answered.
    let list = versions.compactMap { row -> String? in
      let numbers = row.prefix(3).compactMap { UInt64($0) }
      return numbers.count == 3 ? "(\(numbers[0]), \(numbers[1]), \(numbers[2]))" : nil
    }
    return
      "ALTER TABLE \(name).\(table)\(on) DELETE WHERE (machine, hour, version) IN (\(list.joined(separator: ", ")))"
  }

  /// A name as an identifier.
  package static func quoted(_ name: String) -> String { "`\(escaped(name, in: "`"))`" }

  /// A name as a text.
  package static func literal(_ name: String) -> String { "'\(escaped(name, in: "'"))'" }

  /// What stands between two marks.
  private static func escaped(_ text: String, in mark: String) -> String {
    text.replacing("\\", with: "\\\\").replacing(mark, with: "\\" + mark)
  }
}
