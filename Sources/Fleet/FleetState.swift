/// What machines have committed of some hours: what a report's rows must add up to.
package struct FleetState: Hashable, Sendable {
  /// The rows.
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
    guard let row = answer.first, row.count == 5, let rows = Int64(row[0]), let requests = Int64(row[1]),
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
    guard row.count == 4 else { return nil }
    (id, seen, name, team) = (row[0], Int64(row[1]) ?? 0, row[2], row[3])
  }

  /// Whether it has not pushed for two days.
  /// - Parameter now: epoch milliseconds.
  package func isSilent(at now: Int64) -> Bool { seen < now - 2 * 86_400_000 }
}

/// What is missing of a fleet's requests.
package struct FleetGap: Hashable, Sendable {
  /// The requests that answered.
  package var requests: Int64
  /// The requests that were committed.
  package var ofRequests: Int64
  /// The machines of which something is missing.
  package var machines: Int
  /// All machines.
  package var ofMachines: Int

  /// Compares what machines committed with what is stored, each as machine, rows, requests and digest.
  package init(committed: [[String]], stored: [[String]]) {
    var found: [String: [String]] = [:]
    for row in stored where row.count == 4 { found[row[0]] = Array(row[1...]) }
    (requests, ofRequests, machines, ofMachines) = (0, 0, 0, 0)
    for row in committed where row.count == 4 {
      let there = found[row[0]] ?? ["0", "0", "0"]
      ofRequests += Int64(row[2]) ?? 0
      requests += Int64(there[1]) ?? 0
      ofMachines += 1
      if there != Array(row[1...]) { machines += 1 }
    }
  }

  /// Whether nothing is.
  package var isNone: Bool { machines == 0 && requests == ofRequests }
}

/// What ClickHouse answers in its format TabSeparated.
package enum TabSeparated {
  /// The fields of each row; NULL is `\N`, which no field of text can be.
  package static func rows(_ bytes: [UInt8]) -> [[String]] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true).map { line in
      line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map { field in
        field.contains(UInt8(ascii: "\\")) && !field.elementsEqual("\\N".utf8)
          ? unescaped(field) : String(decoding: field, as: UTF8.self)
      }
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
