/// What machines have committed of some hours: what a report's rows must add up to.
package struct FleetState: Hashable, Sendable {
  package var rows: Int64
  /// The requests that these are.
  package var requests: Int64
  /// The sum of the rows' keys, modulo 2^64.
  package var digest: UInt64
  /// Changes when anything is committed.
  package var fingerprint: UInt64
  /// The newest layout that some machine has written.
  package var schema: Int

  /// Reads the answer to `FleetSQL.state`.
  package init?(_ answer: [[String]]) {
    guard let row = answer.first, row.count == 5, let rows = FleetGroup.count(row[0]),
      let requests = FleetGroup.count(row[1]),
      let digest = UInt64(row[2]), let fingerprint = UInt64(row[3]), let schema = Int(row[4])
    else { return nil }
    (self.rows, self.requests, self.digest) = (rows, requests, digest)
    (self.fingerprint, self.schema) = (fingerprint, schema)
  }
}

/// What a machine says of itself; names are empty where they are not sent.
package struct FleetMachine: Sendable {
  package var id: String
  package var name: String
  package var team: String
  /// When it pushed last, epoch milliseconds.
  private var seen: Int64

  /// Reads a row of the answer to `FleetSQL.machines`.
  package init?(_ row: [String]) {
    guard row.count == 4, UInt64(row[0]) != nil, let seen = Int64(row[1]) else { return nil }
    (id, name, team) = (row[0], row[2], row[3])
    self.seen = seen
  }

  /// Whether it has not pushed for two days.
  /// - Parameter now: epoch milliseconds.
  package func isSilent(at now: Int64) -> Bool { seen < now - 2 * 86_400_000 }
}

/// What a server holds of one machine: of hours that it committed, or of what is stored of these.
package struct FleetHolding: Hashable, Sendable {
  package var machine: String
  package var rows: Int64
  package var requests: Int64
  /// The sum of the rows' keys, modulo 2^64.
  package var digest: UInt64

  /// Reads a row of the answer to `FleetSQL.committed` or `FleetSQL.stored`.
  package init?(_ row: [String]) {
    guard row.count == 4, let rows = FleetGroup.count(row[1]), let requests = FleetGroup.count(row[2]),
      let digest = UInt64(row[3])
    else { return nil }
    machine = row[0]
    (self.rows, self.requests, self.digest) = (rows, requests, digest)
  }
}

/// What is missing of a fleet's requests.
package struct FleetGap: Hashable, Sendable {
  /// The requests that are stored.
  package var requests: Int64 = 0
  /// The requests that were committed.
  package var ofRequests: Int64 = 0
  /// The machines of which something else is stored than was committed.
  package var machines = 0
  /// Those of them of which more is stored.
  package var surplus = 0
  /// All machines.
  package var ofMachines = 0

  /// Compares what machines committed with what is stored.
  package init(committed: [FleetHolding], stored: [FleetHolding]) {
    let found = Dictionary(stored.map { ($0.machine, $0) }) { first, _ in first }
    for holding in committed {
      let there = found[holding.machine]
      ofRequests &+= holding.requests
      requests &+= there?.requests ?? 0
      ofMachines += 1
      guard
        there?.rows ?? 0 != holding.rows || there?.requests ?? 0 != holding.requests
          || there?.digest ?? 0 != holding.digest
      else { continue }
      machines += 1
      if let there, there.rows > holding.rows || there.requests > holding.requests { surplus += 1 }
    }
    let known = Set(committed.map(\.machine))
    for there in stored where !known.contains(there.machine) {
      requests &+= there.requests
      (machines, surplus, ofMachines) = (machines + 1, surplus + 1, ofMachines + 1)
    }
  }

  /// Whether nothing is.
  package var isNone: Bool { machines == 0 }
}

/// What a server says that one machine committed in sum.
package struct FleetMachineState: Hashable, Sendable {
  package var hours: Int
  package var rows: Int64
  /// The sums of keys and of versions, modulo 2^64.
  package var digest: UInt64
  package var versions: UInt64
  /// The newest version; 0 for none.
  package var newest: Int64

  /// Reads the answer to `FleetSQL.committed(by:)`; `nil` for what no ledger can have sent.
  package init?(_ answer: [[String]]) {
    guard let row = answer.first, row.count == 5, let hours = FleetGroup.count(row[0]),
      let rows = FleetGroup.count(row[1]), let digest = UInt64(row[2]), let versions = UInt64(row[3]),
      let newest = Int64(row[4]), (0...FleetSQL.newestVersion).contains(newest)
    else { return nil }
    self.hours = Int(hours)
    (self.rows, self.digest, self.versions, self.newest) = (rows, digest, versions, newest)
  }

  /// The same as a ledger noted it.
  package init(_ hours: [(version: Int64, rows: Int64, digest: UInt64)]) {
    self.hours = hours.count
    (rows, digest, versions, newest) = (0, 0, 0, 0)
    for hour in hours {
      rows &+= hour.rows
      digest &+= hour.digest
      versions &+= UInt64(bitPattern: hour.version)
      newest = max(newest, hour.version)
    }
  }
}

/// What ClickHouse answers in its format TabSeparated.
package enum TabSeparated {
  /// The fields of each row; NULL is `\N`, which no field of text can be.
  package static func rows(_ bytes: [UInt8]) -> [[String]] { lines(bytes).map(fields) }

  /// The rows, whose fields are still together: of many rows only one needs to be read at a time.
  package static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
  }

  /// The fields of a row.
  package static func fields(_ line: ArraySlice<UInt8>) -> [String] {
    line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map { field in
      field.contains(UInt8(ascii: "\\")) && !field.elementsEqual("\\N".utf8)
        ? unescaped(field) : String(decoding: field, as: UTF8.self)
    }
  }

  private static func unescaped(_ field: ArraySlice<UInt8>) -> String {
    var (bytes, isEscaped): ([UInt8], Bool) = ([], false)
    for byte in field {
      guard isEscaped else {
        if byte == UInt8(ascii: "\\") { isEscaped = true } else { bytes.append(byte) }
        continue
      }
      isEscaped = false
      switch byte {
      case UInt8(ascii: "n"): bytes.append(0x0A)
      case UInt8(ascii: "t"): bytes.append(0x09)
      case UInt8(ascii: "r"): bytes.append(0x0D)
      case UInt8(ascii: "b"): bytes.append(0x08)
      case UInt8(ascii: "f"): bytes.append(0x0C)
      case UInt8(ascii: "0"): bytes.append(0)
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
