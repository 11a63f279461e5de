/// A hash that is the same in every run and on every machine: FNV-1a, 64 bits. Not a cryptographic one: nobody attacks
/// what it names.
package struct StableHash: Sendable {
  @usableFromInline var state: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The hash of nothing.
  @inlinable package init() {}

  /// The hash of what was added.
  @inlinable package var value: Int64 { Int64(bitPattern: state) }

  /// The hash of a text's bytes alone, as 16 hexadecimal digits.
  package static func hexadecimal(_ text: String) -> String {
    var hash = StableHash()
    hash.add(text.utf8)
    return hash.state.digits(16, radix: 16)
  }

  /// Adds bytes that lie together. The generic one below is not specialized for other modules in a release build,
  /// and costs them many times as much.
  package mutating func add(_ bytes: ArraySlice<UInt8>) {
    for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }

  @inlinable package mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }

  /// Adds a text; where it ends and the next one begins is part of the hash.
  @inlinable mutating func add(_ text: String) {
    add(text.utf8)
    add(CollectionOfOne(0xff))
  }

  /// The hash of some texts.
  @inlinable package static func of(_ parts: String...) -> Int64 {
    var hash = StableHash()
    for part in parts { hash.add(part) }
    return hash.value
  }
}
