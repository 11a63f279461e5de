import GRDB
import Model

/// How the ledger keeps the names of projects. Raw values are the words of the configuration.
package enum ProjectNames: String, CaseIterable, Sendable {
  /// As a hash with a key of the ledger's own: the same project has the same hash, and the name cannot be had back from
  /// what is shown.
  case hashed
  /// As they are.
  case plain
}

/// The projects of sessions: the folder that a client ran in, never the path to it.
struct SessionProjects {
  private let database: Database
  private let names: ProjectNames

  init(_ database: Database, names: ProjectNames) {
    self.database = database
    self.names = names
  }

  /// Notes the projects of sessions that have none yet.
  func note(_ projects: [String: String]) throws {
    guard !projects.isEmpty else { return }
    let key = try names == .hashed ? key() : ""
    let update = try database.cachedStatement(sql: "UPDATE session SET project = ? WHERE name = ? AND project IS NULL")
    for (session, name) in projects {
      try update.execute(arguments: [names == .plain ? name : Self.hash(name, key: key), session])
    }
  }

  /// 12 hexadecimal digits of an HMAC with SHA-256.
  static func hash(_ name: String, key: String) -> String {
    "project-" + SecureHash.hex(SecureHash.code(of: Array(name.utf8), key: Array(key.utf8)).prefix(6))
  }

  /// Drawn when first asked for.
  private func key() throws -> String {
    if let known = try Setting.value("project_key", in: database) {
      return String(known)
    }
    let value = Int64.random(in: .min ... .max)
    try database.execute(sql: "INSERT INTO setting (name, value) VALUES ('project_key', ?)", arguments: [value])
    return String(value)
  }
}
