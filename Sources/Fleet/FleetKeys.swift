import Ledger
import Model

/// The ids that leave a machine: keyed hashes, equal for whoever has the team's salt and read the same records, and
/// nothing without it.
package struct FleetKeys: Sendable {
  /// A team's secret: at least 16 bytes.
  private let salt: [UInt8]
  /// What nobody without the salt can take out of a key again.
  private let masks: (first: UInt64, last: UInt64)

  /// The shortest salt, bytes.
  package static let shortestSalt = 16

  package init(salt: [UInt8]) {
    self.salt = salt
    masks = (Self.hash(salt, "key", ["first"]), Self.hash(salt, "key", ["last"]))
  }

  /// The machine: the same for a copied ledger, so that nothing doubles.
  package func machine(origin: String) -> UInt64 { hash("machine", [origin]) }

  /// A name that is to be told apart and not read.
  package func name(_ kind: String, _ name: String) -> String {
    "\(kind)-" + hash(kind, [name]).digits(16, radix: 16)
  }

  /// 0 is no session.
  func session(_ name: String) -> UInt64 { max(1, hash("session", [name])) }

  func writer(_ name: PushNames.Writer) -> UInt64 { hash("writer", [name.source, name.host, "\(name.pid)"]) }

  /// What tells a request from all others: source, host, process, number, attempt and start; of one that only a client's
  /// answer describes, session and the answer's key. The words of it go through the keyed hash; the numbers are mixed into
  /// that between two secrets of the salt (as Even and Mansour 1997 key a public permutation), which keeps equal what is
  /// equal and costs no hash a request.
  /// - Parameters:
  ///   - writer: its writer's number; `nil` for none.
  ///   - session: its session's number; 0 for none.
  func key(_ row: PushRow, writer: UInt64?, session: UInt64) -> UInt64 {
    guard let number = row.number, let writer else {
      return masked(session, UInt64(bitPattern: row.message ?? 0), UInt64(bitPattern: row.started))
    }
    let place = Self.mixed(UInt64(bitPattern: number)) ^ UInt64(bitPattern: row.attempt)
    return masked(writer, place, UInt64(bitPattern: row.started))
  }

  private func masked(_ first: UInt64, _ second: UInt64, _ third: UInt64) -> UInt64 {
    Self.mix(masks.first ^ first, second, third, masks.last)
  }

  private func hash(_ kind: String, _ parts: [String]) -> UInt64 { Self.hash(salt, kind, parts) }

  private static func hash(_ salt: [UInt8], _ kind: String, _ parts: [String]) -> UInt64 {
    var message = Array(kind.utf8)
    for part in parts { message += [0] + Array(part.utf8) }
    return SecureHash.code(of: message, key: salt).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A number that depends on every bit of all, by the finaliser of splitmix64 (Steele, Lea, Flood 2014) between them.
  static func mix(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) -> UInt64 {
    mixed(mixed(mixed(mixed(0x9E37_79B9_7F4A_7C15 ^ first) ^ second) ^ third) ^ fourth)
  }

  @inline(__always)
  static func mixed(_ number: UInt64) -> UInt64 {
    var number = number &+ 0x9E37_79B9_7F4A_7C15
    number = (number ^ number >> 30) &* 0xBF58_476D_1CE4_E5B9
    number = (number ^ number >> 27) &* 0x94D0_49BB_1331_11EB
    return number ^ number >> 31
  }
}
