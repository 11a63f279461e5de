/// An hour of a ledger as it was sent, or is to be.
package struct PushedHour: Hashable, Sendable {
  /// Since 1970, UTC.
  package var hour: Int64
  /// Under which version.
  package var version: Int64
  /// How many rows, and how many requests these are.
  package var rows: Int64
  package var requests: Int64
  /// The sum of the rows' keys, modulo 2^64.
  package var digest: UInt64
  /// The sum of hashes of all that stands in them, modulo 2^64: what tells whether an hour has changed.
  package var content: UInt64
  /// Which quarters of the hour hold routed requests, and which direct ones: a bit each.
  package var routed: UInt8
  package var direct: UInt8

  /// An hour without requests.
  package init(hour: Int64, version: Int64) {
    (self.hour, self.version) = (hour, version)
    (rows, requests, digest, content, routed, direct) = (0, 0, 0, 0, 0, 0)
  }
}

/// Where a ledger's hours go: which server, and which machine they are there.
package struct PushTarget: Hashable, Sendable {
  /// A hash of the server's address and database.
  package var server: UInt64
  /// The machine's number there.
  package var machine: UInt64

  package init(server: UInt64, machine: UInt64) { (self.server, self.machine) = (server, machine) }
}
