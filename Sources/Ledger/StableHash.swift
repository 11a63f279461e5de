/// A hash that is the same in every run and on every machine: FNV-1a, 64 bits. Not a cryptographic one: nobody attacks
/// what it names.
struct StableHash {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The hash of what was added.
  var value: Int64 { Int64(bitPattern: state) }

  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }

  /// The hash of some texts; where one ends and the next begins is part of it.
  static func of(_ parts: String...) -> Int64 {
    var hash = StableHash()
    for part in parts {
      hash.add(part.utf8)
      hash.add(CollectionOfOne(0xff))
    }
    return hash.value
  }
}
