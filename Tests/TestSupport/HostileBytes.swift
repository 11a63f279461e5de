import Foundation

/// Bytes that nobody means: real ones with some changed, cut out, doubled, put together and filled with what readers
/// stumble over.
package struct HostileBytes {
  private let corpus: [[UInt8]]
  private let tokens: [[UInt8]]
  private var chance: SeededGenerator

  /// - Parameters:
  ///   - corpus: what is changed; not empty.
  ///   - tokens: what is put in.
  package init(_ corpus: [[UInt8]], tokens: [String], seed: UInt64) {
    self.corpus = corpus
    self.tokens = tokens.map { Array($0.utf8) } + [[0xFF], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xED, 0xA0, 0x80], [0]]
    chance = SeededGenerator(seed: seed)
  }

  /// How long to go on, seconds: `make fuzz SECONDS=60` says so.
  package static let seconds = asked ?? (Thoroughness.isFull ? 1 : 0.3)
  /// Whether somebody said so.
  package static let isLong = asked != nil

  private static let asked = ProcessInfo.processInfo.environment["FUZZ_SECONDS"].flatMap(Double.init)

  /// The next ones.
  package mutating func next() -> [UInt8] {
    var bytes = corpus.randomElement(using: &chance) ?? []
    for _ in 0..<Int.random(in: 1...6, using: &chance) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &chance)
      switch Int.random(in: 0..<6, using: &chance) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &chance)
      case 1: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &chance)))
      case 2: bytes.insert(contentsOf: tokens.randomElement(using: &chance) ?? [], at: place)
      case 3: bytes = Array(bytes.prefix(place))
      case 4:
        let other = corpus.randomElement(using: &chance) ?? []
        bytes = Array(bytes.prefix(place)) + Array(other.dropFirst(place / 2))
      default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 60)], at: place)
      }
    }
    return bytes
  }
}
