import BenchmarkKit
import Foundation

/// `ingest` of a new 1.x debug log next to `wc -l` of it, and next to what else could sum it up.
struct LogCase: BenchCase {
  private let shape: LogShape
  private let bytes: Int
  /// Times `wc -l`; `nil` where the log is only there to show how cost grows.
  private let bar: Double?
  private let withPeers: Bool
  /// What `jq` reads: it would take minutes for more.
  private let part = Dataset.log(.plain, bytes: 100_000_000, part: 0)

  init(_ shape: LogShape, bytes: Int, bar: Double? = nil, withPeers: Bool = false) {
    (self.shape, self.bytes, self.bar, self.withPeers) = (shape, bytes, bar, withPeers)
  }

  private var log: Dataset { .log(shape, bytes: bytes, part: 0) }
  private var size: String { Size.text(bytes) }
  var title: String { "ingest of \(size), \(shape.rawValue)" }
  var datasets: [Dataset] { (withPeers ? [log, part] : [log]) + [.tiny] }

  func check(in place: Place) throws -> [String] {
    let ledger = place.ledger("check")
    try ledger.remove()
    _ = try ledger.ingest(place.path(log)).run()
    var wrong = try ledger.differences(place.truth(log))
    try ledger.remove()
    for peer in peers(in: place) {
      let truth = try place.truth(peer.dataset).totals()
      let text = String(decoding: try peer.command.run().output, as: UTF8.self)
      wrong += Comparison.differences(truth, peer: text).map { "\(peer.name): \($0)" }
    }
    return wrong
  }

  func measure(in place: Place, _ results: inout Results) throws {
    let ledger = place.ledger("log")
    let path = place.path(log)
    let samples = try Measure.interleaved(
      [
        Contender(command: ledger.ingest(path), prepare: ledger.remove),
        Contender(command: Command("/usr/bin/env", ["wc", "-l", path])),
        Contender(command: ledger.ingest(place.path(.tiny)), prepare: ledger.remove),
      ], place.repetition)
    let (ours, count, start) = (samples[0], samples[1], samples[2])
    try ledger.remove()
    if shape == .plain {
      results.growth.append(
        Results.Growth(
          what: "ingest", size: size,
          cells: [
            Bar.Unit.seconds.text(ours.seconds), rate(ours.seconds, bytes), Bar.Unit.megabytes.text(ours.peakMegabytes),
            "`wc -l` \(Bar.Unit.seconds.text(count.seconds))",
          ]))
    }
    let truth = try place.truth(log)
    results.memory.append(.memory(title, ours, longestLine: truth.longestLine))
    guard let bar else { return }
    let name = shape == .plain ? "plain" : shape == .quotes ? "an escaped quote every 6 bytes" : "dense tool calls"
    // The bar is for 1 GB, next to which starting and making a ledger is nothing.
    let isWhole = bytes >= 1_000_000_000
    let seconds = isWhole ? ours.seconds : max(0, ours.seconds - start.seconds)
    let less = isWhole ? "" : "less \(Bar.Unit.milliseconds.text(start.seconds * 1000)) for a log of 1 MB; "
    results.outcomes.append(
      Outcome(
        "ingest of a new \(size) log, \(name)", Bar(.atMost, bar, .times), seconds / count.seconds,
        note: less + "\(Bar.Unit.seconds.text(ours.seconds)), \(rate(ours.seconds, bytes)), "
          + "CPU \(Bar.Unit.seconds.text(ours.processorSeconds)); `wc -l` \(Bar.Unit.seconds.text(count.seconds))"))
    if withPeers { try measurePeers(in: place, ours, &results) }
  }

  private struct Peer {
    var name: String
    var command: Command
    var dataset: Dataset
    var bar: Double
  }

  private func peers(in place: Place) -> [Peer] {
    guard withPeers else { return [] }
    var peers: [Peer] = []
    if let python = place.duckDB {
      let command = Command(python, ["Benchmarks/Peers/duckdb_usage.py", place.path(log)])
      peers.append(Peer(name: "DuckDB", command: command, dataset: log, bar: 4))
    }
    if let jq = place.jq {
      let command = Command(jq, ["--null-input", "--raw-output", "-f", "Benchmarks/Peers/usage.jq", place.path(part)])
      peers.append(Peer(name: "jq", command: command, dataset: part, bar: 25))
    }
    return peers
  }

  private func measurePeers(in place: Place, _ ours: Sample, _ results: inout Results) throws {
    let ledger = place.ledger("log")
    let peers = peers(in: place)
    for peer in peers {
      let samples = try Measure.interleaved(
        [
          Contender(command: ledger.ingest(place.path(log)), prepare: ledger.remove),
          Contender(command: peer.command),
        ], place.repetition)
      let scaled = samples[1].seconds * Double(bytes) / Double(peer.dataset.bytes)
      let scaling =
        peer.dataset == log ? "" : ", \(Bar.Unit.seconds.text(samples[1].seconds)) for \(Size.text(peer.dataset.bytes))"
      results.outcomes.append(
        Outcome(
          "the same, faster than \(peer.name)", Bar(.atLeast, peer.bar, .times), scaled / samples[0].seconds,
          note: "\(Bar.Unit.seconds.text(samples[0].seconds)); \(peer.name) \(Bar.Unit.seconds.text(scaled))"
            + "\(scaling), peak \(Bar.Unit.megabytes.text(samples[1].peakMegabytes))"))
    }
    for (name, bar) in [("DuckDB", 4.0), ("jq", 25.0)] where !peers.contains(where: { $0.name == name }) {
      results.outcomes.append(
        Outcome("the same, faster than \(name)", Bar(.atLeast, bar, .times), nil, note: "\(name) is not installed"))
    }
    if let ripgrep = place.ripgrep {
      let command = Command(ripgrep, ["--count", "--no-config", "--", "prompt_tokens", place.path(log)])
      let sample = try Measure.interleaved([Contender(command: command)], place.repetition)[0]
      results.outcomes.append(
        Outcome(
          "the same, next to `rg -c prompt_tokens`", .times, ours.seconds / sample.seconds,
          note: "rg \(Bar.Unit.seconds.text(sample.seconds))"))
    }
    try ledger.remove()
  }

  private func rate(_ seconds: Double, _ bytes: Int) -> String {
    "\(Size.decimal(Double(bytes) / seconds / 1e9)) GB/s"
  }
}

extension Dataset {
  /// So little that reading it takes only what starting and making a ledger takes.
  static let tiny = Dataset.log(.plain, bytes: 1_000_000, part: 1)
}

/// Sizes for people.
enum Size {
  static func text(_ bytes: Int) -> String {
    bytes >= 1_000_000_000 ? "\(bytes / 1_000_000_000) GB" : "\(bytes / 1_000_000) MB"
  }

  static func decimal(_ value: Double) -> String { String(Bar.Unit.times.text(value).dropLast(2)) }
}

extension Outcome {
  /// The bar on memory that every ingest has.
  static func memory(_ what: String, _ sample: Sample, longestLine: Int, reached: Double? = nil) -> Outcome {
    let line = Double(longestLine) / 1e6
    return Outcome(
      "peak memory: \(what)", Bar(.atMost, 40 + line, .megabytes, reached: reached), sample.peakMegabytes,
      note: "40 MB + the longest line, \(Bar.Unit.megabytes.text(line))")
  }
}
