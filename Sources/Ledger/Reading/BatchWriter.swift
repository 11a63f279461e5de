import GRDB
import Reading

/// Takes the parts of logs in their order and writes them into the ledger, many in one transaction, each with the place
/// to go on from.
struct BatchWriter {
  let ledger: LedgerFile
  let options: IngestOptions
  let caches: SessionCaches
  /// Of a run that reads files again, the keys that it has replaced.
  private let replaced: ReplacedKeys?

  /// A log that is being read.
  private struct Entry {
    var path: String
    var state: Checkpoint
    /// Whether it cannot be entered in its middle.
    var isIndivisible: Bool
    /// The length of the file as it was planned.
    var size: Int64
    var isNamed: Bool
    var hasFailed = false
    /// How many lines of the file were read, before and now.
    var linesOfFile: Int64
    /// Whether it is read from its start.
    var isWhole: Bool
    /// What it has given so far.
    var lines: Int64 = 0
    var skipped = 0
    var firstSkipped: SkippedLine?
    var records = 0
    var unfinished = 0
    var hasFingerprint = false
  }

  /// The parts of a log that are not written yet.
  private struct Batch {
    var log: Int
    var parts: [ReadBatch] = []
  }

  private var entries: [Int: Entry] = [:]
  private var batches: [Batch] = []
  private var bytes: Int64 = 0
  private var weight = 0

  /// The weight that makes a transaction.
  static let capacity = 4096

  init(ledger: LedgerFile, options: IngestOptions, caches: SessionCaches) {
    self.ledger = ledger
    self.options = options
    self.caches = caches
    replaced = options.again ? ReplacedKeys() : nil
  }

  /// Begins a log.
  /// - Parameter state: where reading begins.
  mutating func begin(_ log: Int, state: Checkpoint, isIndivisible: Bool, isNamed: Bool) {
    var state = state
    let size = state.facts.size
    // Until its end is reached a file must not look as if nothing more were in it.
    state.facts.size = -1
    entries[log] = Entry(
      path: state.facts.path, state: state, isIndivisible: isIndivisible, size: size, isNamed: isNamed,
      linesOfFile: state.lines, isWhole: state.place == 0)
    batches.append(Batch(log: log))
  }

  /// Takes the next part of a log that was begun.
  mutating func take(_ part: ReadBatch, _ report: inout IngestReport) throws(LedgerError) {
    guard var entry = entries[part.log], !entry.hasFailed else { return }
    if let failure = part.failure {
      if case .replaced(let path) = failure {
        // What was read is of the file that was looked at.
        report.replaced.append(path)
        try flush(&report)
        entries[part.log]?.hasFailed = true
        return
      }
      report.failures.append(failure.description)
      // The good lines of an archive that ends in its middle count, and are not read again until it changes.
      if case .badArchive = failure, entry.records > 0 { return }
      try flush(&report)
      entries[part.log]?.hasFailed = true
      return
    }
    report.bytesRead += max(part.passed, part.range.upperBound - part.range.lowerBound)
    for records in [part.gathered.batch] + part.others.map(\.gathered.batch) {
      report.note(records, in: entry.path, after: entry.linesOfFile)
      if entry.firstSkipped == nil, let first = records.skipped.first {
        entry.firstSkipped = SkippedLine(line: entry.linesOfFile + first.line, reason: first.reason)
      }
      entry.skipped += records.skippedCount
      entry.records += records.records
    }
    entry.lines += part.lines
    entry.linesOfFile += part.lines
    entry.unfinished = part.unfinished
    if part.fingerprint != nil { entry.hasFingerprint = true }
    entry.state.advance(to: part, lines: entry.linesOfFile)
    entries[part.log] = entry
    if batches.last?.log != part.log { batches.append(Batch(log: part.log)) }
    batches[batches.count - 1].parts.append(part)
    bytes += part.range.upperBound - part.range.lowerBound
    weight += part.weight
    if bytes >= 2 * options.batchBytes || weight >= Self.capacity { try flush(&report) }
  }

  /// Ends a log: all of it was taken.
  mutating func end(_ log: Int, _ report: inout IngestReport) throws(LedgerError) {
    guard var entry = entries[log], !entry.hasFailed else { return }
    // What gave nothing is not marked as read: another version, or another source, may understand it.
    if let first = entry.firstSkipped, entry.isWhole, entry.records == 0, entry.lines > 0,
      entry.skipped >= entry.lines
    {
      entries[log]?.hasFailed = true
      report.notUnderstood(entry.path, lines: entry.lines, first: first, isNamed: entry.isNamed)
      return
    }
    if entry.records == 0, entry.isWhole, entry.lines > 0 { report.filesWithoutRequests.append(entry.path) }
    if entry.unfinished > 0, entry.lines > 0 || entry.state.place == 0 { report.filesUnfinished.append(entry.path) }
    entry.state.facts.size = entry.size
    if entry.isIndivisible {
      if !entry.hasFingerprint {
        // It gave nothing at all.
        let (path, size) = (entry.path, entry.size)
        entry.state.take(
          try LedgerError.log { () throws(LogError) in try Fingerprint(of: OpenedFile(path: path), upTo: size) })
      }
      entry.state.place = entry.size
    }
    entries[log] = entry
    // Its state has to be written even where it had no whole line.
    if batches.last?.log != log { batches.append(Batch(log: log)) }
  }

  /// Writes all that was taken.
  mutating func flush(_ report: inout IngestReport) throws(LedgerError) {
    let pending = batches
    batches.removeAll(keepingCapacity: true)
    (bytes, weight) = (0, 0)
    guard !pending.isEmpty else { return }
    do throws(LedgerError) {
      report.add(try write(pending))
    } catch {
      guard error.ofOneFile != nil else { throw error }
      caches.forgetAll()
      // One of them is at fault: the others are written without it.
      for batch in pending where entries[batch.log]?.hasFailed == false {
        do throws(LedgerError) {
          report.add(try write([batch]))
        } catch {
          guard let failure = error.ofOneFile else { throw error }
          caches.forgetAll()
          entries[batch.log]?.hasFailed = true
          report.failures.append("\(entries[batch.log]?.path ?? ""): \(failure)")
        }
      }
    }
  }

  private func write(_ batches: [Batch]) throws(LedgerError) -> IngestReport.Written {
    let states = Set(batches.map(\.log)).compactMap { entries[$0] }.filter { !$0.hasFailed }
    return try ledger.write { [options, caches, replaced] database in
      try PendingJoins.set(in: database)
      var written = IngestReport.Written()
      var router: [RouterPart] = []
      var messages: [TranscriptMessage] = []
      var projects: [String: String] = [:]
      var calls: [SourceName: [CallRecord]] = [:]
      for batch in batches {
        guard let source = entries[batch.log]?.state.source else { continue }
        for (name, gathered) in batch.parts.flatMap({ [(name: source, gathered: $0.gathered)] + $0.others }) {
          switch gathered {
          case .router(let part): router.append(part)
          case .transcript(let records):
            messages += records.messages
            projects.merge(records.projects) { known, _ in known }
          case .calls(let records): calls[name, default: []] += records.calls
          }
        }
      }
      if !router.isEmpty {
        var requests = try RouterRequests(
          database, configuration: options.configuration, caches: caches, isReread: options.again)
        for part in router { try requests.add(part) }
        written.added += try requests.finish()
      }
      if !messages.isEmpty {
        var answers = try ClientMessages(database, caches: caches, replaced: replaced)
        written.added += try answers.add(messages)
        try SessionProjects(database, names: options.names).note(projects)
      }
      for (name, records) in calls.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where !records.isEmpty {
        guard let source = options.sources[name] else { continue }
        var requests = try CallWriter(database, caches: caches, isReread: options.again)
        written.added += try requests.add(records, of: name, calls: source.calls)
        written.waiting.formUnion(requests.waiting)
        written.settled.formUnion(requests.settled)
      }
      for entry in states where entry.state.facts.inode != 0 {
        var state = entry.state
        if entry.isIndivisible, state.facts.size < 0 { state.place = 0 }
        try state.save(in: database)
      }
      return written
    }
  }
}
