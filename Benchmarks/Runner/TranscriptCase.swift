import BenchmarkKit
import Foundation

/// `ingest` of Claude Code transcripts into a new ledger next to `wc -l` of the same files.
struct TranscriptCase: BenchCase {
  private let files: Int
  private let bytes: Int

  init(files: Int, bytes: Int) { (self.files, self.bytes) = (files, bytes) }

  private var tree: Dataset { .transcripts(files: files, bytes: bytes) }
  var title: String { "ingest of \(files) transcripts, \(bytes >> 20) MiB" }
  var datasets: [Dataset] { [tree, .tiny] }

  func check(in place: Place) throws -> [String] {
    let ledger = place.ledger("check")
    try ledger.remove()
    defer { try? ledger.remove() }
    _ = try ledger.ingest(place.path(tree)).run()
    return try ledger.differences(place.truth(tree), ["--all", "--direct"])
  }

  func measure(in place: Place, _ results: inout Results) throws {
    let ledger = place.ledger("transcripts")
    let path = place.path(tree)
    let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    let lines = names.filter { $0.hasSuffix(".jsonl") }.sorted().map { "\(path)/\($0)" }
    let samples = try Measure.interleaved(
      [
        Contender(command: ledger.ingest(path), prepare: ledger.remove),
        Contender(command: Command("/usr/bin/env", ["wc", "-l"] + lines)),
        Contender(command: ledger.ingest(place.path(.tiny)), prepare: ledger.remove),
      ], place.repetition)
    try ledger.remove()
    let (ours, count, start) = (samples[0], samples[1], samples[2])
    let truth = try place.truth(tree)
    // The bar is for a whole GiB, next to which starting and making a ledger is nothing.
    let share = Double(bytes) / Double(1 << 30)
    let seconds = share < 1 ? max(0, ours.seconds - start.seconds) : ours.seconds
    let less = share < 1 ? "\(Bar.Unit.seconds.text(ours.seconds)) less \(Bar.Unit.seconds.text(start.seconds)); " : ""
    results.outcomes.append(
      Outcome(
        title + " into a new ledger", Bar(.atMost, 0.75 * share, .seconds, reached: 1.25 * share), seconds,
        note: less + "\(Size.decimal(ours.seconds / count.seconds)) × `wc -l` of the same files, "
          + "\(Bar.Unit.seconds.text(count.seconds)); CPU \(Bar.Unit.seconds.text(ours.processorSeconds)); "
          + "\(truth.requests) answers"))
    results.memory.append(.memory(title, ours, longestLine: truth.longestLine))
  }
}

/// `ingest` again when nothing is new.
struct UnchangedCase: BenchCase {
  private let files: Int
  private let bytes: Int

  init(files: Int, bytes: Int) { (self.files, self.bytes) = (files, bytes) }

  private var tree: Dataset { .transcripts(files: files, bytes: bytes) }
  var title: String { "ingest again of \(files) unchanged files, \(Size.text(bytes))" }
  var datasets: [Dataset] { [tree] }

  /// Leaves the filled ledger for the measurement.
  func check(in place: Place) throws -> [String] {
    let ledger = place.ledger("unchanged")
    try ledger.remove()
    for _ in 1...2 { _ = try ledger.ingest(place.path(tree)).run() }
    return try ledger.differences(place.truth(tree), ["--all", "--direct"])
  }

  func measure(in place: Place, _ results: inout Results) throws {
    let ledger = place.ledger("unchanged")
    let path = place.path(tree)
    let samples = try Measure.interleaved(
      [
        Contender(command: ledger.ingest(path)),
        Contender(command: Command("/usr/bin/env", ["find", path, "-type", "f"])),
      ], place.repetition)
    let (ours, listing) = (samples[0], samples[1])
    results.outcomes.append(
      Outcome(
        title + ", over `find`", Bar(.atMost, 60, .milliseconds), (ours.seconds - listing.seconds) * 1000,
        note: "\(Bar.Unit.milliseconds.text(ours.seconds * 1000)); `find -type f` "
          + Bar.Unit.milliseconds.text(listing.seconds * 1000)))
    let trace = try Trace.run(ledger.ingest(path), in: place)
    let all = ours.runs.last?.bytesRead.map { ", all reads of the process together \($0 / 1000) kB" } ?? ""
    results.outcomes.append(
      Outcome(
        "files of them that are opened", Bar(.atMost, 0, .count),
        trace.map { Double($0.opened(below: path)) }, note: Trace.how(trace) + all))
    results.memory.append(.memory(title, ours, longestLine: try place.truth(tree).longestLine))
    try ledger.remove()
  }
}
