/// ClickHouse's format of rows without separators (https://clickhouse.com/docs/interfaces/formats/RowBinary), as much of it
/// as is sent.
package enum RowBinary {
  /// What a field is.
  package enum FieldType: Sendable {
    case uint8, uint16, uint32, uint64, int64, string
    /// An `Int64`, or NULL.
    case optional

    /// As DDL names it.
    var sql: String {
      switch self {
      case .uint8: "UInt8"
      case .uint16: "UInt16"
      case .uint32: "UInt32"
      case .uint64: "UInt64"
      case .int64: "Int64"
      case .string: "String"
      case .optional: "Nullable(Int64)"
      }
    }
  }

  /// Appends an integer of that many bytes, the lowest first.
  @inline(__always)
  static func add(_ value: UInt64, bytes count: Int, to bytes: inout [UInt8]) {
    var value = value
    for _ in 0..<count {
      bytes.append(UInt8(truncatingIfNeeded: value))
      value >>= 8
    }
  }

  static func add(_ value: Int64, to bytes: inout [UInt8]) { add(UInt64(bitPattern: value), bytes: 8, to: &bytes) }

  static func add(_ value: Int64?, to bytes: inout [UInt8]) {
    guard let value else { return bytes.append(1) }
    bytes.append(0)
    add(value, to: &bytes)
  }

  static func add(_ text: String, to bytes: inout [UInt8]) {
    var length = text.utf8.count
    while length >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: length) | 0x80)
      length >>= 7
    }
    bytes.append(UInt8(length))
    bytes.append(contentsOf: text.utf8)
  }

  /// Reads rows back, to show what would be sent.
  /// - Returns: the fields of each row as text, NULL as `\N`.
  package static func rows(_ bytes: [UInt8], _ types: [FieldType]) -> [[String]] {
    var (rows, place): ([[String]], Int) = ([], 0)
    func integer(_ count: Int) -> UInt64 {
      defer { place += count }
      return (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * UInt64($1)) }
    }
    func field(_ type: FieldType) -> String {
      switch type {
      case .uint8: return "\(integer(1))"
      case .uint16: return "\(integer(2))"
      case .uint32: return "\(integer(4))"
      case .uint64: return "\(integer(8))"
      case .int64: return "\(Int64(bitPattern: integer(8)))"
      case .optional: return integer(1) == 1 ? "\\N" : "\(Int64(bitPattern: integer(8)))"
      case .string:
        var (length, shift) = (0, 0)
        while true {
          let byte = Int(integer(1))
          length |= (byte & 0x7F) << shift
          shift += 7
          if byte & 0x80 == 0 { break }
        }
        defer { place += length }
        return String(decoding: bytes[place..<place + length], as: UTF8.self)
      }
    }
    while place < bytes.count { rows.append(types.map(field)) }
    return rows
  }
}
