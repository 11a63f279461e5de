/// A hash that is the same in every run and on every machine: FNV-1a, 64 bits. Not a cryptographic one: nobody attacks
/// what it names.
struct StableHash {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The hash of what was added.
  var value: Int64 { Int64(bitPattern: state) }

  @inline(__always)
  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { add(byte) }
  }

  @inline(__always)
  private mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }

  /// Adds a text; where it ends and the next one begins is part of the hash.
  private mutating func add(_ text: String) {
    let hash: StableHash? = unsafe text.utf8.withContiguousStorageIfAvailable { [self] in
      unsafe adding($0)
    }
    if let hash { self = hash } else { add(text.utf8) }
    add(0xff)
  }

  private func adding(_ bytes: UnsafeBufferPointer<UInt8>) -> StableHash {
    var hash = self
    for index in 0..<bytes.count { unsafe hash.add(bytes[index]) }
    return hash
  }

  /// The hash of some texts.
  static func of(_ parts: String...) -> Int64 {
    var hash = StableHash()
    for part in parts { hash.add(part) }
    return hash.value
  }
}
