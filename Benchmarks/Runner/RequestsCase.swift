import BenchmarkKit
import Foundation

/// A ledger of many requests: how fast it is written, how large it is, and how fast it answers.
struct RequestsCase: BenchCase {
  private let requests: Int
  /// Whether this is the ledger that the bars are for.
  private let hasBars: Bool

  init(_ requests: Int, hasBars: Bool) { (self.requests, self.hasBars) = (requests, hasBars) }

  private var log: Dataset { .requests(requests) }
  private var size: String { "\(Bar.Unit.count.text(Double(requests))) requests" }
  var title: String { "ledger of \(size)" }
  var datasets: [Dataset] { [log] }

  /// The arguments of `report`, for all and for thirty days.
  private func arguments(in place: Place) -> (all: [String], month: [String]) {
    let prices = ["--pricing", place.pricing, "--baseline", PriceList.baseline]
    let days = ["--since", RequestLog.month.lowerBound, "--until", RequestLog.month.upperBound]
    return (["--all", "--by", "model"] + prices, days + prices)
  }

  /// Leaves the filled ledger for the measurement.
  func check(in place: Place) throws -> [String] {
    let ledger = place.ledger(log.name)
    try ledger.remove()
    _ = try ledger.ingest(place.path(log)).run()
    let (truth, arguments) = (try place.truth(log), arguments(in: place))
    return try ledger.differences(truth, arguments.all)
      + ledger.differences(truth, arguments.month, days: RequestLog.month)
  }

  func measure(in place: Place, _ results: inout Results) throws {
    let (full, ledger) = (place.ledger(log.name), place.ledger("requests"))
    let arguments = arguments(in: place)
    let reports = try Measure.interleaved(
      [Contender(command: full.report(arguments.month)), Contender(command: full.report(arguments.all))],
      place.repetition)
    let write = try Measure.interleaved(
      [Contender(command: ledger.ingest(place.path(log)), prepare: ledger.remove)], place.repetition)[0]
    try ledger.remove()
    let each = Double(full.bytes) / Double(requests)
    let truth = try place.truth(log)

    let names = ["report of 30 days", "report --all --by model"]
    for (name, sample) in zip(names, reports) { growth(name, sample, &results) }
    results.growth.append(
      Results.Growth(
        what: "ingest", size: size,
        cells: [
          Bar.Unit.seconds.text(write.seconds), Bar.Unit.perSecond.text(Double(requests) / write.seconds),
          Bar.Unit.megabytes.text(write.peakMegabytes), "ledger \(Bar.Unit.bytes.text(each)) a request",
        ]))
    if hasBars {
      for ((name, sample), limit) in zip(zip(names, reports), [60.0, 120]) {
        results.outcomes.append(
          Outcome(
            "\(name) of \(size) in 3 years", Bar(.atMost, limit, .milliseconds), sample.seconds * 1000,
            note: "CPU \(Bar.Unit.milliseconds.text(sample.processorSeconds * 1000)), peak "
              + Bar.Unit.megabytes.text(sample.peakMegabytes)))
      }
      results.outcomes.append(
        Outcome(
          "ledger size a request", Bar(.atMost, 120, .bytes, reached: 185), each,
          note: "the file with its indexes and rollups, \(full.bytes / 1_000_000) MB for \(size)"))
      results.outcomes.append(
        Outcome(
          "ledger writes", Bar(.atLeast, 400_000, .perSecond, reached: 85_000), Double(requests) / write.seconds,
          note: "ingest of \(size), \(truth.bytes / 1_000_000) MB, in \(Bar.Unit.seconds.text(write.seconds))"))
      results.memory.append(.memory("ingest of \(size)", write, longestLine: truth.longestLine, reached: 55))
    }
    try full.remove()
  }

  private func growth(_ what: String, _ sample: Sample, _ results: inout Results) {
    results.growth.append(
      Results.Growth(
        what: what, size: size,
        cells: [
          Bar.Unit.milliseconds.text(sample.seconds * 1000), "", Bar.Unit.megabytes.text(sample.peakMegabytes), "",
        ]))
  }
}

/// What it costs to start.
struct StartCase: BenchCase {
  let title = "start"
  let datasets: [Dataset] = []

  func check(in place: Place) throws -> [String] {
    let empty = try Command(place.emptyProgram, ["--version"]).run().output
    let ours = try Command(place.program, ["--version"]).run().output
    return empty.isEmpty || ours.isEmpty ? ["--version says nothing"] : []
  }

  func measure(in place: Place, _ results: inout Results) throws {
    let samples = try Measure.interleaved(
      [
        Contender(command: Command(place.program, ["--version"])),
        Contender(command: Command(place.emptyProgram, ["--version"])),
      ], place.repetition.often)
    let (ours, empty) = (samples[0].seconds, samples[1].seconds)
    results.outcomes.append(
      Outcome(
        "`ccr-audit --version` next to an empty program", Bar(.atMost, 2, .times), ours / empty,
        note: "\(Bar.Unit.milliseconds.text(ours * 1000)); an empty Swift program with ArgumentParser "
          + Bar.Unit.milliseconds.text(empty * 1000)))
  }
}
