import Foundation

/// `fleet:`: the server that many machines' requests are added up on.
package struct FleetSettings: Sendable {
  /// Where it is: `https://host:8443/DATABASE`; `nil` for none.
  package var url: Sourced<String?> = Sourced(nil)
  /// Who we are to it.
  package var user: Sourced<String?> = Sourced(nil)
  /// The file that holds the password.
  package var passwordFile: Sourced<String?> = Sourced(nil)
  /// The file that holds the secret that all machines of a team share.
  package var saltFile: Sourced<String?> = Sourced(nil)
  /// Whose machine this is.
  package var team: Sourced<String?> = Sourced(nil)
  /// Whether the names of machine and team are sent as they are.
  package var names: Sourced<FleetNames> = Sourced(.hashed)

  package init() {}

  /// The database that `url` names; ours where it names none.
  var database: String {
    let name = url.value.flatMap { URL(string: $0)?.lastPathComponent } ?? ""
    return name.isEmpty || name == "/" ? "ccr_audit" : name
  }
}

/// How the names of a machine and its team leave it.
package enum FleetNames: String, CaseIterable, Sendable {
  /// As hashes with the team's salt.
  case hashed
  /// As they are configured.
  case plain
}
