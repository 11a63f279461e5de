import Foundation
import TestSupport
import Testing

@testable import Ledger

/// However the bytes of a log come in, the ledger ends with the same figures.
struct SplitTests {
  private static let folders = ["ccr-v1", "ccr-v1-docker", "ccr-v2"]

  /// What one read of everything gives.
  private func reference(_ folder: String, withBytes: Bool = true) throws -> [String] {
    let bench = try Workbench(configuration: Fixture.configuration(folder))
    for log in try Self.logs(folder) { try log.data.write(to: bench.log(log.url.lastPathComponent)) }
    try bench.ingest()
    return try bench.figures(withBytes: withBytes)
  }

  private static func logs(_ folder: String) throws -> [(url: URL, data: Data)] {
    try Fixture.logs(folder).map { (url: $0, data: try Thoroughness.part(of: Data(contentsOf: $0))) }
  }

  @Test(arguments: folders, Thoroughness.seeds(6))
  func logsThatGrowByAnyBytesBetweenAnyRuns(folder: String, seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed))
    let bench = try Workbench(configuration: Fixture.configuration(folder))
    var rest = try Self.logs(folder).map { (url: $0.url, data: $0.data, written: 0) }
    while !rest.isEmpty {
      let index = Int.random(in: 0..<rest.count, using: &chance)
      let left = rest[index].data.count - rest[index].written
      let count = min(left, Int.random(in: 1...max(1, rest[index].data.count / 6), using: &chance))
      let piece = rest[index].data[rest[index].written..<(rest[index].written + count)]
      try append(piece, to: bench.log(rest[index].url.lastPathComponent))
      rest[index].written += count
      if rest[index].written == rest[index].data.count { rest.remove(at: index) }
      try bench.ingest(batchBytes: Int64.random(in: 1000...400_000, using: &chance))
    }
    try expectSame(bench.figures(), reference(folder))
  }

  /// Of any number of threads and parts: the same rows, the same reports of what was left out, and nothing left to read.
  @Test(arguments: Thoroughness.isFull ? [1, 3, 8] : [3])
  func anyNumberOfThreads(jobs: Int) throws {
    let large = Thoroughness.isFull ? ["ccr-v1/logs", "ccr-v2/logs"] : []
    let sources =
      (["claude-code/projects", "free-claude-code"] + large).map { Fixture.root.appending(path: $0).path } + [
        Fixture.root.appending(path: "ccr-v1-docker/logs/ccr-20260626100000.log").path
      ]
    func ingest(_ jobs: Int, batchBytes: Int64) throws -> (figures: [String], report: IngestReport) {
      let bench = try Workbench(configuration: Fixture.configuration("ccr-v1"))
      let report = try bench.ingest(sources, batchBytes: batchBytes, jobs: jobs)
      #expect(try bench.ingest(sources, batchBytes: batchBytes, jobs: jobs).bytesRead == 0)
      #expect(try bench.ledger.check() == [])
      return (try bench.figures(withBytes: false), report)
    }
    let (expected, whole) = try ingest(1, batchBytes: 1 << 30)
    for batchBytes in [6000, 60_000] as [Int64] {
      let (figures, report) = try ingest(jobs, batchBytes: batchBytes)
      expectSame(figures, expected)
      #expect(report.bytesRead == whole.bytesRead)
      #expect(report.filesRead == whole.filesRead)
      #expect(report.requestsAdded == whole.requestsAdded)
      #expect(report.skippedCount == whole.skippedCount)
      #expect(Set(report.skipped) == Set(whole.skipped))
    }
  }

  @Test(arguments: folders, Thoroughness.seeds(6))
  func filesInAnyOrderAndTwiceAndInPieces(folder: String, seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed) + 100)
    let bench = try Workbench(configuration: Fixture.configuration(folder))
    var jobs: [(name: String, data: Data)] = []
    for (url, data) in try Self.logs(folder) {
      jobs.append((url.lastPathComponent, data))
      // Copies under other names: whole, only the front, only the back (as a truncation would leave it).
      jobs.append(("copy-" + url.lastPathComponent, data))
      jobs.append(("front-" + url.lastPathComponent, data.prefix(Int.random(in: 0...data.count, using: &chance))))
      let cut = Int.random(in: 0..<data.count, using: &chance)
      if let newline = data[cut...].firstIndex(of: 10) {
        jobs.append(("back-" + url.lastPathComponent, Data(data[(newline + 1)...])))
      }
    }
    for job in jobs.shuffled(using: &chance) {
      try job.data.write(to: bench.log(job.name))
      try bench.ingest([bench.log(job.name).path], batchBytes: Int64.random(in: 1000...900_000, using: &chance))
    }
    try expectSame(bench.figures(withBytes: false), reference(folder, withBytes: false))
    #expect(try bench.ingest().filesRead == 0)
  }

  @Test(arguments: Thoroughness.seeds(6))
  func rotationAtMidnightGivesTheNewerLinesTheOlderName(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed) + 200)
    let bench = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    let earlier = try Data(contentsOf: Fixture.root.appending(path: "ccr-v1/logs/ccr-20260625000000_1.log"))
    let later = try Data(contentsOf: Fixture.root.appending(path: "ccr-v1/logs/ccr-20260624235956.log"))
    let live = bench.log("ccr-20260624235956.log")
    let cut = Int.random(in: 0...earlier.count, using: &chance)
    try earlier.prefix(cut).write(to: live)
    if Bool.random(using: &chance) { try bench.ingest() }
    try append(earlier.dropFirst(cut), to: live)
    if Bool.random(using: &chance) { try bench.ingest() }
    try FileManager.default.moveItem(at: live, to: bench.log("ccr-20260625000000_1.log"))
    if Bool.random(using: &chance) { try bench.ingest() }
    try later.prefix(later.count / 2).write(to: live)
    if Bool.random(using: &chance) { try bench.ingest() }
    try append(later.dropFirst(later.count / 2), to: live)
    try bench.ingest()

    let whole = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    try earlier.write(to: whole.log("a.log"))
    try later.write(to: whole.log("b.log"))
    try whole.ingest()
    #expect(try bench.figures() == whole.figures())
    #expect(try !bench.figures().isEmpty)
  }

  @Test(arguments: Thoroughness.seeds(4))
  func truncationInPlaceLosesNothingThatWasRead(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed) + 300)
    let bench = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    let fixture = Fixture.root.appending(path: "ccr-v1/logs/ccr-20260623211500.log")
    let lines = try Thoroughness.part(of: Data(contentsOf: fixture), bytes: 300_000).split(separator: 10)
    let log = bench.log("ccr.log")
    var next = 0
    while next < lines.count {
      let end = min(lines.count, next + Int.random(in: 1...400, using: &chance))
      try append(Data(lines[next..<end].joined(separator: [10]) + [10]), to: log)
      next = end
      try bench.ingest()
      if Bool.random(using: &chance) {
        // The router's own page empties the file and goes on writing to it.
        let handle = try FileHandle(forWritingTo: log)
        try handle.truncate(atOffset: 0)
        try handle.close()
        if Bool.random(using: &chance) { try bench.ingest() }
      }
    }
    let whole = try Workbench(configuration: Fixture.configuration("ccr-v1"))
    try Data(lines.joined(separator: [10]) + [10]).write(to: whole.log("ccr.log"))
    try whole.ingest()
    #expect(try bench.figures() == whole.figures())
  }

  @Test func nothingNewIsNothingRead() throws {
    let bench = try Workbench()
    for url in try Fixture.logs("ccr-v1") {
      try FileManager.default.copyItem(at: url, to: bench.log(url.lastPathComponent))
    }
    #expect(try bench.ingest().bytesRead > 0)
    let again = try bench.ingest()
    #expect(again.bytesRead == 0)
    #expect(again.filesUnchanged == 6)
  }

  @Test func appendedBytesAreTheOnlyOnesRead() throws {
    let bench = try Workbench()
    let log = bench.log("ccr.log")
    let data = try Data(contentsOf: Fixture.root.appending(path: "ccr-v1/logs/ccr-20260622091000.log"))
    let cut = data.count - 20_000
    try data.prefix(cut).write(to: log)
    let first = try bench.ingest().bytesRead
    try append(data.dropFirst(cut), to: log)
    #expect(try bench.ingest().bytesRead == Int64(data.count) - first)
  }

  @Test func halfALineWaitsForItsRest() throws {
    let bench = try Workbench()
    let log = bench.log("ccr.log")
    let data = try Data(contentsOf: Fixture.root.appending(path: "ccr-v1/logs/ccr-20260622091000.log"))
    try data.prefix(data.count - 10).write(to: log)
    let report = try bench.ingest()
    #expect(report.skippedCount == 0)
    try append(data.suffix(10), to: log)
    try bench.ingest()
    let whole = try Workbench()
    try data.write(to: whole.log("ccr.log"))
    try whole.ingest()
    #expect(try bench.figures() == whole.figures())
  }

  private func expectSame(_ found: [String], _ expected: [String]) {
    #expect(!expected.isEmpty)
    #expect(found.difference(from: expected).map { "\($0)" }.prefix(4) == [])
  }

  private func append(_ data: some DataProtocol, to url: URL) throws {
    if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
    let handle = try FileHandle(forWritingTo: url)
    try handle.seekToEnd()
    try handle.write(contentsOf: data)
    try handle.close()
  }
}
