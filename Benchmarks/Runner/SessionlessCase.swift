import BenchmarkKit
import Foundation

/// `ingest` where requests name no session: all at once, and one line more.
struct SessionlessCase: BenchCase {
  private let requests: Int

  init(_ requests: Int) { self.requests = requests }

  private var size: String { "\(Bar.Unit.count.text(Double(requests))) requests without sessions" }
  var title: String { "ingest of \(size)" }
  let datasets: [Dataset] = []

  private func folder(_ requests: Int, in place: Place) -> URL { place.scratch("sessionless-\(requests)") }

  private func ingest(_ requests: Int, _ ledger: BenchLedger, in place: Place) -> Command {
    ledger.ingest(folder(requests, in: place).path(percentEncoded: false))
  }

  /// Leaves the filled ledger for the measurement.
  func check(in place: Place) throws -> [String] {
    _ = try SessionlessWork.write(to: folder(requests, in: place), requests: requests)
    let ledger = place.ledger("sessionless-base")
    try ledger.remove()
    _ = try ingest(requests, ledger, in: place).run()
    struct Report: Decodable {
      struct Coverage: Decodable {
        var requests: Int
        var measured: Int
      }
      var coverage: Coverage
    }
    let output = try ledger.report(["--all", "--scope", "all"]).run().output
    let coverage = try JSONDecoder().decode(Report.self, from: output).coverage
    guard coverage.requests == requests, coverage.measured * 100 >= requests * 99 else {
      return ["\(coverage.requests) requests, \(coverage.measured) measured, of \(requests)"]
    }
    return []
  }

  func measure(in place: Place, _ results: inout Results) throws {
    let (base, ledger) = (place.ledger("sessionless-base"), place.ledger("sessionless"))
    // Whether cost grows as the number, or faster.
    let few = requests / 4
    _ = try SessionlessWork.write(to: folder(few, in: place), requests: few)
    let all = try Measure.interleaved(
      [
        Contender(command: ingest(few, ledger, in: place), prepare: ledger.remove),
        Contender(command: ingest(requests, ledger, in: place), prepare: ledger.remove),
      ], place.repetition)
    results.outcomes.append(
      Outcome(
        "\(title), next to a quarter of them", Bar(.atMost, 6, .times), all[1].seconds / all[0].seconds,
        note: "\(Bar.Unit.seconds.text(all[1].seconds)); a quarter takes \(Bar.Unit.seconds.text(all[0].seconds))"))

    let log = folder(requests, in: place).appending(path: "router.log")
    let handle = try FileHandle(forUpdating: log)
    let end = try handle.seekToEnd()
    try handle.write(contentsOf: Data(SessionlessWork.oneMore(after: requests).utf8))
    try handle.close()
    let more = try Measure.interleaved(
      [Contender(command: ingest(requests, ledger, in: place)) { try ledger.restore(base) }], place.repetition)[0]
    results.outcomes.append(
      Outcome(
        "ingest of one line more beside \(size)", Bar(.atMost, 200, .milliseconds), more.seconds * 1000,
        note: "the log had \(end / 1_000_000) MB"))
    results.outcomes.append(
      Outcome(
        "peak memory: one line more beside \(size)", Bar(.atMost, 60, .megabytes), more.peakMegabytes, note: ""))
    try base.remove()
    try ledger.remove()
  }
}
