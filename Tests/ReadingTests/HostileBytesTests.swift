import Foundation
import TestSupport
import Testing

@testable import Reading

/// No bytes make a reader trap, loop or grow: real lines with bytes changed, cut out, doubled and put together, each in
/// every source. `make fuzz SECONDS=60` goes on for that long a source; out of the box it is less than a second.
struct HostileBytesTests {
  private static let corpus: [[UInt8]] = {
    let root = Fixtures.path("")
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []
    let texts = names.filter { [".log", ".jsonl"].contains(where: $0.hasSuffix) && !$0.contains("truth") }.sorted()
    return texts.flatMap { name -> [[UInt8]] in
      let lines = (try? fixtureLines(name)) ?? []
      // A few of each file: most lines of a file are alike.
      return stride(from: 0, to: lines.count, by: max(1, lines.count / 40)).map { Array(lines[$0].prefix(6000)) }
    }
  }()

  private static let tokens = [
    "\\", "\"", "{", "}", "[", "]", ",", ":", "\0", "\r", "\u{FEFF}", "\\\"", "\\\\\\\"", "\\u", "\\ud800", "null",
    "-1", "1e999", "99999999999999999999", "1e18", "\"usage\":{", "\\\"usage\\\":{\\\"prompt_tokens\\\":", "req-",
    "\u{301}",
  ]

  @Test(arguments: Sources.all.logs.map { $0.name.rawValue }, 0..<2 as Range<UInt64>)
  func noBytesStopAReader(source: String, seed: UInt64) throws {
    let log = try #require(Sources.all.logs.first { $0.name.rawValue == source })
    var hostile = HostileBytes(Self.corpus, tokens: Self.tokens, seed: seed)
    let clock = ContinuousClock()
    let end = clock.now + .seconds(HostileBytes.seconds / 2)
    var lines = 0
    while clock.now < end {
      var collector: any LineCollector = log.collector(.none)
      for number in 1...200 {
        let line = hostile.next()
        let time = clock.measure { collector.take(line.span, at: Int64(number) * 1000, line: Int64(number)) }
        #expect(time < .seconds(2))
        _ = try? SourceSniffer.kind(of: Array(line.prefix(4000)), path: "x")
        lines += 1
      }
      let gathered = collector.gather()
      #expect(gathered.batch.skippedCount <= 200 * 2)
    }
    #expect(lines > 0)
  }

  @Test(arguments: Thoroughness.seeds(4)) func anyFramingIsCutIntoTheSameLines(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed))
    var hostile = HostileBytes(Self.corpus, tokens: Self.tokens, seed: UInt64(seed))
    for _ in 0..<300 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...6, using: &chance) {
        let ends: [[UInt8]] = [[10], [13, 10], []]
        bytes += hostile.next().filter { $0 != 10 }
        bytes += ends[Int.random(in: 0..<3, using: &chance)]
      }
      func lines(capacity: Int) throws -> [[UInt8]] {
        var reader = LineReader(MemorySource(bytes), capacity: capacity, rest: .counts)
        var found: [[UInt8]] = []
        while try reader.forEachLine({ line, _ in found.append(line.indices.map { line[$0] }) }) {}
        #expect(reader.offset == Int64(bytes.count))
        return found
      }
      #expect(try lines(capacity: 64) == lines(capacity: 1 << 20))
    }
  }
}
