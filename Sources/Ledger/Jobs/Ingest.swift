import Model
import Foundation
import GRDB
import Reading

/// Reads what routers and clients wrote into a ledger. Every batch of a file is one transaction, in which its requests
/// and the place to go on from are written together, so a run may end anywhere.
package struct Ingest {
  package typealias Options = IngestOptions

  private let ledger: LedgerFile
  private let options: Options
  private let caches = SessionCaches()
  private let progress: (IngestProgress) -> Void

  /// An ingest into a ledger.
  /// - Parameter progress: called now and then.
  package init(
    into ledger: LedgerFile, _ options: Options = Options(), progress: @escaping (IngestProgress) -> Void = { _ in }
  ) {
    self.ledger = ledger
    self.options = options
    self.progress = progress
  }

  /// Reads what is new in files, and in the files below folders.
  /// - Throws: `LedgerError`, for a path that is not there or that, named by itself, is no record of any source; a file
  ///   that cannot be read is reported and the others are read.
  package func run(_ paths: [String]) throws(LedgerError) -> IngestReport {
    var report = IngestReport()
    RouterStore.removeLeftovers(in: ledger.folder)
    let places = paths.filter { $0 != "-" }
    let plan = try IngestPlan(places, ledger: ledger, options, &report)
    report.foldersWithoutRecords = plan.barren
    try read(plan, &report)
    try readReplaced(places, &report)
    if paths.contains("-") { try readStandardInput(&report) }
    try settle(&report)
    report.requestsAdded = max(0, report.requestsAdded)
    return report
  }

  /// Looks once more where files were renamed or replaced between look and opening, as a router does at midnight: both
  /// the old file and the new one are there.
  private func readReplaced(_ places: [String], _ report: inout IngestReport) throws(LedgerError) {
    for _ in 0..<3 where !report.replaced.isEmpty {
      let replaced = report.replaced
      report.replaced = []
      let again = places.filter { place in
        let folder = place.hasSuffix("/") ? place : place + "/"
        return replaced.contains { $0 == place || $0.hasPrefix(folder) }
      }
      let counts = (report.filesUnchanged, report.filesForeign)
      do throws(LedgerError) {
        let plan = try IngestPlan(again, ledger: ledger, options, &report)
        try read(plan, &report)
      } catch {
        guard let failure = error.ofOneFile else { throw error }
        report.failures.append(failure)
      }
      (report.filesUnchanged, report.filesForeign) = counts
    }
    report.changedMeanwhile += report.replaced.map { LogError.replaced(path: $0).description }
  }

  private func read(_ plan: IngestPlan, _ report: inout IngestReport) throws(LedgerError) {
    try read(plan.logs, &report)
    for store in plan.stores {
      do throws(LedgerError) {
        try read(store, &report)
      } catch {
        // What is wrong with one file does not stop the others; what is wrong with the ledger does.
        guard let failure = error.ofOneFile else { throw error }
        report.failures.append(failure)
      }
    }
  }

  /// Reads logs on several threads, and writes what they hold in their order.
  private func read(_ logs: [IngestPlan.Log], _ report: inout IngestReport) throws(LedgerError) {
    let total = logs.reduce(0) { $0 + max(0, $1.checkpoint.facts.size - $1.checkpoint.place) }
    let ranges = logs.enumerated().flatMap { $1.ranges(log: $0, length: options.batchBytes) }
    let (batchBytes, configuration, sources) = (options.batchBytes, options.configuration, options.readable)
    // While a transaction is written, the next one is read: of thousands of small files many parts make one.
    let pipeline = OrderedPipeline(
      ranges, threads: options.jobs, capacity: BatchWriter.capacity, weight: { max(16, $0.weight) }
    ) { range, give in
      RangeReader(log: range, batchBytes: batchBytes, configuration: configuration, sources: sources).read(give)
    }
    defer { pipeline.stop() }
    var writer = BatchWriter(ledger: ledger, options: options, caches: caches)
    var begun = 0
    func begin(upTo log: Int, _ report: inout IngestReport) throws(LedgerError) {
      while begun < logs.count, begun <= log {
        if begun > 0 { try writer.end(begun - 1, &report) }
        report.filesRead += 1
        writer.begin(
          begun, state: logs[begun].start, isIndivisible: logs[begun].isIndivisible, isNamed: logs[begun].isNamed)
        begun += 1
      }
    }
    while let part = pipeline.next() {
      try begin(upTo: part.log, &report)
      try writer.take(part, &report)
      progress(IngestProgress(done: report.bytesRead, total: total, path: logs[part.log].checkpoint.facts.path))
    }
    try begin(upTo: logs.count, &report)
    if !logs.isEmpty { try writer.end(logs.count - 1, &report) }
    try writer.flush(&report)
  }

  private func settle(_ report: inout IngestReport) throws(LedgerError) {
    let (options, caches) = (options, caches)
    // A run that was killed before this leaves its mark for the next one.
    if try ledger.read({ try PendingJoins.isSet(in: $0) }) {
      report.requestsAdded += try ledger.write { database in
        try RouterRequests(database, configuration: options.configuration).markInterrupted()
        var join = try CallJoins(database, caches: caches, provider: options.provider)
        let added = try join.run()
        try PendingJoins.clear(in: database)
        return added
      }
    }
    report.headlessParts = try ledger.read {
      try Int.fetchOne(
        $0,
        sql: """
          SELECT count(*) FROM fragment AS piece WHERE head IS NULL AND NOT EXISTS (
            SELECT 1 FROM fragment WHERE writer = piece.writer AND number = piece.number AND head <= piece.start)
          """) ?? 0
    }
  }

  private func readStandardInput(_ report: inout IngestReport) throws(LedgerError) {
    let name = "standard input"
    var source = DescriptorSource(descriptor: options.standardInput, name: name)
    let front: [UInt8]
    do {
      front = try source.peek(SourceSniffer.reach)
    } catch {
      throw .log(error)
    }
    let kind = try LedgerError.log { () throws(LogError) in
      try SourceSniffer.kind(of: front, path: name, among: options.sources)
    }
    if case .packed(by: let packer) = kind { throw .log(.packed(path: name, by: packer)) }
    guard let known = options.source ?? kind?.log else {
      if front.isEmpty { return }
      throw .unknownFormat(path: name)
    }
    var range = LogRange(log: 0, path: name, source: known, range: 0..<Int64.max, isFirst: true)
    range.isStream = true
    range.latest = options.latest()
    range.packing = kind?.packing
    range.isWrapped = kind?.isWrapped ?? false
    range.isEncoded = kind?.isEncoded ?? false
    range.isDocument = kind?.isDocument ?? false
    if options.sources[known]?.framing == .values {
      let isWrapped = range.isWrapped
      do throws(LogError) {
        range.isDocument =
          switch range.packing {
          case .gzip:
            try FramingSniffer.isDocument(
              TarSource(GzipSource(MemorySource(front), path: name), path: name), isWrapped: isWrapped)
          case .tar: try FramingSniffer.isDocument(TarSource(MemorySource(front), path: name), isWrapped: isWrapped)
          case .zip, nil: try FramingSniffer.isDocument(MemorySource(front), isWrapped: isWrapped)
          }
      } catch {
        // The front of a long archive ends in its middle. Brackets tell as much as line ends.
        range.isDocument = true
      }
    }
    var writer = BatchWriter(ledger: ledger, options: options, caches: caches)
    var start = Checkpoint(facts: FileFacts(path: name, device: 0, inode: 0, size: 0, modified: 0))
    start.source = known
    writer.begin(0, state: start, isIndivisible: false, isNamed: true)
    report.filesRead += 1
    let reader = RangeReader(
      log: range, batchBytes: options.batchBytes, configuration: options.configuration, sources: options.readable)
    var failure: LedgerError?
    func take(_ part: ReadBatch) -> Bool {
      do throws(LedgerError) {
        try writer.take(part, &report)
        progress(IngestProgress(done: report.bytesRead, total: 0, path: name))
        return true
      } catch {
        failure = error
        return false
      }
    }
    do throws(LogError) {
      switch range.packing {
      case .gzip: try reader.read(TarSource(GzipSource(source, path: name), path: name), take)
      case .tar: try reader.read(TarSource(source, path: name), take)
      case .zip, nil: try reader.read(source, take)
      }
    } catch {
      reader.fail(error, take)
    }
    if let failure { throw failure }
    try writer.end(0, &report)
    try writer.flush(&report)
  }

  private func read(_ store: IngestPlan.Store, _ report: inout IngestReport) throws(LedgerError) {
    var cursor = store.cursor
    var more = true
    let latest = options.latest(writtenAt: store.modified)
    var (rows, calls, skipped): (Int, Int, [StoreSkipReason: Int]) = (0, 0, [:])
    report.filesRead += 1
    while more {
      let after = cursor
      let folder = ledger.folder
      let reading = try LedgerError.store { () throws(StoreError) in
        try store.source.read(at: store.path, temporaryFolder: folder, after: after, latest: latest)
      }
      report.rowsRead += reading.rows
      for (reason, count) in reading.skipped.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        report.skippedRows.append(SkippedRows(path: store.path, reason: reason, count: count))
      }
      rows += reading.rows
      calls += reading.calls.count
      skipped.merge(reading.skipped) { $0 + $1 }
      more = reading.more
      cursor = reading.cursor
      // What gave nothing is not marked as read: another version may understand it.
      let isFruitless = !more && store.cursor == nil && calls == 0
      if isFruitless, rows > 0, let first = skipped.keys.min(by: { $0.rawValue < $1.rawValue }) {
        report.notUnderstood(store.path, rows: rows, first: first, isNamed: store.isNamed)
        return
      }
      if isFruitless, rows > 0 { report.filesWithoutRequests.append(store.path) }
      // Until its end is reached a store must not look as if nothing more were in it.
      let state = more ? "" : store.state
      report.requestsAdded += try ledger.write { [caches, options] database in
        try PendingJoins.set(in: database)
        var requests = try CallWriter(database, caches: caches, isReread: options.again)
        let added = try requests.add(reading.calls, of: store.source.name, calls: store.source.calls)
        try database.execute(
          sql: "INSERT OR REPLACE INTO store (path, state, cursor) VALUES (?, ?, ?)",
          arguments: [StoreKey.of(store.path), state, reading.cursor])
        return added
      }
    }
  }
}
