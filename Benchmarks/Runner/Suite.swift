import BenchmarkKit
import Foundation

/// How much is measured.
enum Scale {
  /// 100 MB: minutes, for CI.
  case quick
  /// 1 GB and a million requests.
  case medium
  /// 10 GB and 10 million requests as well.
  case large
}

/// Something to measure.
protocol BenchCase {
  var title: String { get }
  /// What it needs.
  var datasets: [Dataset] { get }
  /// What is wrong, a sentence each. Nothing is timed before all cases say that nothing is.
  func check(in place: Place) throws -> [String]
  func measure(in place: Place, _ results: inout Results) throws
}

/// What was measured.
struct Results {
  struct Growth {
    var what: String
    var size: String
    var cells: [String]
  }

  var outcomes: [Outcome] = []
  /// The peak memory of each ingest.
  var memory: [Outcome] = []
  var growth: [Growth] = []

  func text(_ machine: String) -> String {
    let rows = growth.map { [$0.what, $0.size] + $0.cells }
    return machine + "\n" + Outcome.table(outcomes + memory) + "\nHow cost grows:\n\n"
      + MarkdownTable.text(["what", "size", "time", "rate", "peak memory", "beside it"], rows)
  }
}

/// All cases of a scale.
struct Suite {
  private let cases: [any BenchCase]

  init(_ scale: Scale) {
    let log = scale == .quick ? 100_000_000 : 1_000_000_000
    var cases: [any BenchCase] = scale == .quick ? [] : [LogCase(.plain, bytes: 100_000_000)]
    cases.append(LogCase(.plain, bytes: log, bar: 2.5, withPeers: scale != .quick))
    cases.append(LogCase(.quotes, bytes: log, bar: 6))
    cases.append(LogCase(.tools, bytes: log, bar: 10))
    if scale != .quick {
      for kind in RecordKind.allCases { cases.append(RecordCase(kind, bytes: log, bar: 3)) }
    }
    let gibibyte = 1 << 30
    cases.append(
      scale == .quick ? TranscriptCase(files: 260, bytes: gibibyte / 10) : TranscriptCase(files: 2600, bytes: gibibyte))
    let tree = scale == .quick ? 100_000_000 : scale == .medium ? 1_000_000_000 : 10_000_000_000
    cases.append(UnchangedCase(files: 10_000, bytes: tree))
    let longest = scale == .large ? 10_000_000_000 : log
    cases.append(AppendCase(bytes: longest, appended: 1_000_000))
    if scale == .large { cases.append(LogCase(.plain, bytes: longest)) }
    let ledgers =
      scale == .quick ? [100_000] : scale == .medium ? [100_000, 1_000_000] : [100_000, 1_000_000, 10_000_000]
    for requests in ledgers { cases.append(RequestsCase(requests, hasBars: requests == ledgers.last)) }
    cases.append(SessionlessCase(100_000))
    cases.append(StartCase())
    self.cases = cases
  }

  private var datasets: [Dataset] {
    var seen: Set<Dataset> = []
    return cases.flatMap(\.datasets).filter { seen.insert($0).inserted }
  }

  /// - Throws: `RunFailure`, when the disk has no room for the data that is still missing.
  func demandSpace(in place: Place) throws {
    let missing = datasets.filter { $0.truth(in: place.folder) == nil }.reduce(0) { $0 + $1.bytes }
    // The ledgers, and room to breathe.
    let needed = missing + missing / 4 + 1_000_000_000
    let attributes = try FileManager.default.attributesOfFileSystem(forPath: place.folder.path(percentEncoded: false))
    guard let free = attributes[.systemFreeSize] as? NSNumber, free.int64Value < needed else { return }
    throw RunFailure(
      description:
        "\(place.folder.path(percentEncoded: false)) has \(free.int64Value / 1_000_000) MB left and this takes "
        + "\(needed / 1_000_000) MB; leave 10 GB out (make bench LARGE=no) or name another folder (BENCH=FOLDER)")
  }

  func generate(in place: Place) throws {
    try place.writePricing()
    for dataset in datasets where dataset.truth(in: place.folder) == nil {
      say("generating \(dataset.name)")
      _ = try Command(
        place.ownProgram, ["data", dataset.name, "--folder", place.folder.path(percentEncoded: false)]
      ).run()
    }
  }

  func check(in place: Place) throws -> [String] {
    try cases.flatMap { bench in
      say("checking \(bench.title)")
      return try bench.check(in: place).map { "\(bench.title): \($0)" }
    }
  }

  func measure(in place: Place) throws -> Results {
    var results = Results()
    for bench in cases {
      say("measuring \(bench.title)")
      try bench.measure(in: place, &results)
    }
    return results
  }
}
