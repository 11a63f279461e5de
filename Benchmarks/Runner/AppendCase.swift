import BenchmarkKit
import Foundation

/// `ingest` of what was appended to a long log that was read before.
struct AppendCase: BenchCase {
  private let bytes: Int
  private let appended: Int

  init(bytes: Int, appended: Int) { (self.bytes, self.appended) = (bytes, appended) }

  private var log: Dataset { .log(.plain, bytes: bytes, part: 0) }
  private var tail: Dataset { .log(.plain, bytes: appended, part: 1) }
  var title: String { "ingest of \(Size.text(appended)) appended to a log of \(Size.text(bytes))" }
  var datasets: [Dataset] { [log, tail] }

  func check(in place: Place) throws -> [String] {
    let (base, ledger) = (place.ledger("append-base"), place.ledger("append"))
    try base.remove()
    _ = try base.ingest(place.path(log)).run()
    try extended(in: place) {
      try ledger.restore(base)
      _ = try ledger.ingest(place.path(log)).run()
    }
    return try ledger.differences(place.truth(log) + place.truth(tail))
  }

  func measure(in place: Place, _ results: inout Results) throws {
    let (base, ledger) = (place.ledger("append-base"), place.ledger("append"))
    let path = place.path(log)
    let idle = try Measure.interleaved(
      [Contender(command: ledger.ingest(path)) { try ledger.restore(base) }], place.repetition)[0]
    let added = try place.truth(tail)
    try extended(in: place) {
      let contender = Contender(command: ledger.ingest(path)) { try ledger.restore(base) }
      let ours = try Measure.interleaved([contender], place.repetition)[0]
      try ledger.restore(base)
      let trace = try Trace.run(ledger.ingest(path), in: place)
      var read = trace.map { Double($0.bytesRead(of: path)) }
      var how = Trace.how(trace)
      if read == nil, let all = ours.runs.last?.bytesRead, let before = idle.runs.last?.bytesRead {
        (read, how) = (Double(all - before), "all reads less those of a run with nothing new")
      }
      results.outcomes.append(
        Outcome(
          title + ": bytes of the log that are read", Bar(.atMost, 1.1, .times), read.map { $0 / Double(added.bytes) },
          note:
            "\(read.map { Bar.Unit.count.text($0) } ?? "?") of \(Bar.Unit.count.text(Double(added.bytes))) appended, "
            + "\(how); \(Bar.Unit.milliseconds.text(ours.seconds * 1000)), "
            + "\(Bar.Unit.milliseconds.text(idle.seconds * 1000)) with nothing new"))
      results.memory.append(.memory(title, ours, longestLine: added.longestLine))
    }
    try base.remove()
    try ledger.remove()
  }

  /// Does something while the log is longer, and cuts it again.
  private func extended(in place: Place, _ body: () throws -> Void) throws {
    let truth = try place.truth(log)
    let handle = try FileHandle(forUpdating: log.path(in: place.folder))
    try handle.seekToEnd()
    defer {
      try? handle.truncate(atOffset: UInt64(truth.bytes))
      try? handle.close()
    }
    try handle.write(contentsOf: Data(contentsOf: tail.path(in: place.folder)))
    try body()
  }
}

/// What a command asked the system for, as `strace` saw it.
struct Trace {
  private let lines: [Substring]

  /// Runs a command under `strace`; `nil` where there is none, or where it may not trace.
  static func run(_ command: Command, in place: Place) throws -> Trace? {
    guard let strace = place.strace else { return nil }
    let file = place.scratch("trace")
    var traced = Command(
      strace,
      [
        "-f", "-y", "-s", "0", "-e", "trace=open,openat,read,pread64,readv,preadv,mmap", "-o",
        file.path(percentEncoded: false), command.program,
      ] + command.arguments)
    traced.environment = command.environment
    guard (try? traced.run()) != nil else { return nil }
    let text = try String(contentsOf: file, encoding: .utf8)
    return Trace(lines: text.split(separator: "\n"))
  }

  static func how(_ trace: Trace?) -> String { trace == nil ? "strace is not there" : "counted by strace" }

  /// The files below a folder that were opened, folders left out.
  func opened(below folder: String) -> Int {
    lines.count { line in
      line.contains(" open") && line.contains("\"\(folder)/") && !line.contains("O_DIRECTORY")
    }
  }

  /// The bytes of all reads of one file.
  func bytesRead(of path: String) -> Int {
    lines.filter { $0.contains("<\(path)>") && !$0.contains("open") }.reduce(0) { sum, line in
      if line.contains(" mmap(") {
        return sum + (line.split(separator: ", ").dropFirst().first.flatMap { Int($0) } ?? 0)
      }
      return sum + (line.split(separator: " = ").last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0)
    }
  }
}
