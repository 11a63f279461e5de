import BenchmarkKit
import Foundation

/// `ingest` of another router's records, or of telemetry, next to `wc -l` of them.
struct RecordCase: BenchCase {
  private let kind: RecordKind
  private let bytes: Int
  /// Times `wc -l`, where the records hold prompts; those without are as fast as the ledger can be written.
  private let bar: Double

  init(_ kind: RecordKind, bytes: Int, bar: Double) { (self.kind, self.bytes, self.bar) = (kind, bytes, bar) }

  private var records: Dataset { .records(kind, bytes: bytes) }
  private var arguments: [String] { kind == .telemetry ? ["--all", "--direct"] : ["--all"] }
  var title: String { "ingest of \(Size.text(bytes)), \(kind.rawValue)" }
  var datasets: [Dataset] { [records] }

  func check(in place: Place) throws -> [String] {
    let ledger = place.ledger("check")
    try ledger.remove()
    defer { try? ledger.remove() }
    _ = try ledger.ingest(place.path(records)).run()
    return try ledger.differences(place.truth(records), arguments)
  }

  func measure(in place: Place, _ results: inout Results) throws {
    let ledger = place.ledger("records")
    let path = place.path(records)
    let samples = try Measure.interleaved(
      [
        Contender(command: ledger.ingest(path), prepare: ledger.remove),
        Contender(command: Command("/usr/bin/env", ["wc", "-l", path])),
      ], place.repetition)
    try ledger.remove()
    let (ours, count) = (samples[0], samples[1])
    let truth = try place.truth(records)
    results.outcomes.append(
      Outcome(
        title, Bar(.atMost, bar, .times), ours.seconds / count.seconds,
        note: "\(Bar.Unit.seconds.text(ours.seconds)), CPU \(Bar.Unit.seconds.text(ours.processorSeconds)); `wc -l` "
          + "\(Bar.Unit.seconds.text(count.seconds)); \(truth.requests) requests, "
          + Bar.Unit.perSecond.text(Double(truth.requests) / ours.seconds)))
    results.memory.append(.memory(title, ours, longestLine: truth.longestLine))
  }
}
