import TestSupport
import Testing

@testable import Reading

struct ByteScanTests {
  /// Texts of few letters, so that beginnings, ends and whole texts are found often and at every border of a block.
  @Test(arguments: ["ab", "aba", "bb\"", "abbaabba"] as [StaticString], 0..<4 as Range<UInt64>)
  func aTextIsFoundWhereItStandsFirst(text: StaticString, seed: UInt64) {
    var chance = SeededGenerator(seed: seed)
    let wanted = Array(text.description.utf8)
    for count in 0..<150 {
      let bytes = (0..<count).map { _ in Array("ab\"\u{80}c".utf8).randomElement(using: &chance) ?? 0 }
      let start = Int.random(in: 0...8, using: &chance)
      let first = stride(from: start, through: count - wanted.count, by: 1).first { bytes[$0...].starts(with: wanted) }
      #expect(bytes.span.firstIndex(of: text, from: start) == first)
    }
  }
}
