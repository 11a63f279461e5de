import Foundation
import TestSupport
import Testing

@testable import Reading

/// Records a day or more ahead of the clock are left out, whatever source they are of.
struct AheadTests {
  private static let lines: [[UInt8]] = {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: Fixtures.path(""))) ?? []
    return names.filter { [".log", ".jsonl"].contains(where: $0.hasSuffix) && !$0.contains("truth") }.sorted()
      .flatMap { name in ((try? fixtureLines(name)) ?? []).filter { $0.count < 20_000 }.prefix(30) }
      + [FileManager.default.contents(atPath: Fixtures.path("litellm/api/spend_logs_v2.json")).map(Array.init) ?? []]
  }()

  @Test(arguments: Sources.all.logs.map { $0.name.rawValue })
  func noLogTellsOfThem(source: String) throws {
    let log = try #require(Sources.all.logs.first { $0.name.rawValue == source })
    func weight(latest: Int64) -> Int {
      var collector: any LineCollector = log.collector(.none)
      collector.latest = latest
      for (number, line) in Self.lines.enumerated() {
        collector.take(line.span, at: Int64(number) * 10_000, line: Int64(number + 1))
      }
      return collector.gather().weight
    }
    #expect(weight(latest: .max) > 0)
    #expect(weight(latest: 1_000_000) == 0)
  }

  @Test func noStoreTellsOfThem() throws {
    let files = FileManager.default
    for source in Sources.all.stores {
      let folder = files.temporaryDirectory.appending(path: "ahead-\(UUID().uuidString)")
      defer { try? files.removeItem(at: folder) }
      let fixture = source.name == .ccSwitch ? "cc-switch" : "ccr-v3"
      // A reader of a store whose log is there may write beside it.
      try files.copyItem(at: URL(filePath: Fixtures.path(fixture)), to: folder)
      let names = try files.subpathsOfDirectory(atPath: folder.path)
        .filter { [".db", ".sqlite"].contains(where: $0.hasSuffix) }.sorted()
      #expect(!names.isEmpty)
      for name in names {
        func read(_ latest: Int64) throws -> StoreBatch {
          try source.read(
            at: folder.appending(path: name).path, temporaryFolder: folder, after: nil, latest: latest)
        }
        #expect(try !read(.max).calls.isEmpty, "\(name)")
        let batch = try read(1_000_000)
        #expect(batch.calls.isEmpty, "\(name)")
        #expect(batch.skipped[.ahead, default: 0] > 0, "\(name)")
      }
    }
  }
}
