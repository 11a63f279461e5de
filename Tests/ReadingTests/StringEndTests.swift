import TestSupport
import Testing

@testable import Reading

/// Where a JSON string ends, told sixteen bytes at a time, against a walk byte by byte.
struct StringEndTests {
  @Test(arguments: 0..<300)
  func endsAtTheFirstQuoteThatNothingEscapes(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed))
    let front = Int.random(in: 0...5, using: &chance)
    var bytes = [UInt8](repeating: UInt8(ascii: " "), count: front) + [UInt8(ascii: "\"")]
    for _ in 0..<Int.random(in: 0...70, using: &chance) {
      bytes.append(
        contentsOf: [#"\"#, #"\\"#, "\"", "a", "é", #"\""#, "      ", #"\\\""#].randomElement(using: &chance)!.utf8)
    }
    var end = front + 1
    while end < bytes.count, bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
    var cursor = JSONCursor(at: front)
    do {
      let range = try cursor.string(bytes.span)
      #expect(range == front + 1..<end)
      #expect(cursor.position == end + 1)
    } catch {
      #expect(end >= bytes.count)
    }
  }
}
