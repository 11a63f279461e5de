import Foundation
import GRDB
package import RouterLogs
import RouterStores

/// Reads what routers and clients wrote into a ledger. Every stretch of a file is one transaction, in which its requests
/// and the place to go on from are written together, so a run may end anywhere.
package struct Ingest {
  /// What a run has to know beside the paths.
  package struct Options {
    /// The router's configuration, which names providers where a log holds only their address.
    package var configuration: RouterConfiguration
    /// Names the provider of a model that only a client's record knows.
    package var provider: (String) -> String?
    /// Reads every log as this, whatever it looks like.
    package var source: SourceName?
    /// How many bytes of a file make a transaction.
    package var stretch: Int64
    /// The descriptor that the path `-` stands for.
    package var standardInput: Int32

    /// Options.
    package init(
      configuration: RouterConfiguration = .none, provider: @escaping (String) -> String? = { _ in nil },
      source: SourceName? = nil, stretch: Int64 = 64 << 20, standardInput: Int32 = 0
    ) {
      self.configuration = configuration
      self.provider = provider
      self.source = source
      self.stretch = stretch
      self.standardInput = standardInput
    }
  }

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
    let plan = try IngestPlan(paths.filter { $0 != "-" }, ledger: ledger, source: options.source, &report)
    let total = plan.logs.reduce(0) { $0 + max(0, $1.checkpoint.facts.size - $1.checkpoint.place) }
    for log in plan.logs {
      try attempt(&report) { (report) throws(LedgerError) in try read(log, total: total, &report) }
    }
    for store in plan.stores {
      try attempt(&report) { (report) throws(LedgerError) in try read(store, &report) }
    }
    if paths.contains("-") { try readStandardInput(&report) }
    try settle(&report)
    report.requestsAdded = max(0, report.requestsAdded)
    return report
  }

  /// What is wrong with one file does not stop the others; what is wrong with the ledger does.
  private func attempt(
    _ report: inout IngestReport, _ body: (inout IngestReport) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    do throws(LedgerError) {
      try body(&report)
    } catch {
      guard let failure = error.ofOneFile else { throw error }
      report.failures.append(failure)
    }
  }

  private func settle(_ report: inout IngestReport) throws(LedgerError) {
    let (options, caches) = (options, caches)
    // A run that was killed before this leaves its mark for the next one.
    if try ledger.read({ try Unsettled.isSet(in: $0) }) {
      report.requestsAdded += try ledger.write { database in
        try RouterRequests(database, configuration: options.configuration).markInterrupted()
        var join = try SessionJoin(database, caches: caches, provider: options.provider)
        let added = try join.run()
        try Unsettled.clear(in: database)
        return added
      }
    }
    report.headlessPieces = try ledger.read {
      try Int.fetchOne(
        $0,
        sql: """
          SELECT count(*) FROM fragment AS piece WHERE head IS NULL AND NOT EXISTS (
            SELECT 1 FROM fragment WHERE writer = piece.writer AND number = piece.number AND head <= piece.start)
          """) ?? 0
    }
  }

  private func read(_ log: IngestPlan.Log, total: Int64, _ report: inout IngestReport) throws(LedgerError) {
    let path = log.checkpoint.facts.path
    var start = log.checkpoint
    start.source = log.source
    if log.isPacked {
      // An archive cannot be entered in its middle; what was read before is known again.
      start.place = 0
      start.lines = 0
      let source = GzipSource(try LedgerError.log { () throws(LogError) in try FileSource(path: path) }, path: path)
      return try read(source, log.source, from: start, isPacked: true, total: total, &report)
    }
    let place = start.place
    let source = try LedgerError.log { () throws(LogError) in try FileSource(path: path, from: place) }
    try read(source, log.source, from: start, isPacked: false, total: total, &report)
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
    let kind = try LedgerError.log { () throws(LogError) in try SourceSniffer.kind(of: front, path: name) }
    guard let known = options.source ?? kind.flatMap(SourceName.init) else {
      if front.isEmpty { return }
      throw .unknownFormat(path: name)
    }
    let start = Checkpoint(facts: FileFacts(path: name, device: 0, inode: 0, size: 0, modified: 0))
    if case .gzip = kind {
      try read(GzipSource(source, path: name), known, from: start, isPacked: true, total: 0, &report)
    } else {
      try read(source, known, from: start, isPacked: false, total: 0, &report)
    }
  }

  private func read(_ store: IngestPlan.Store, _ report: inout IngestReport) throws(LedgerError) {
    var cursor = store.cursor
    var more = true
    report.filesRead += 1
    while more {
      let after = cursor
      let reading = try LedgerError.store { () throws(StoreError) in try store.store.read(after: after) }
      report.rowsRead += reading.rows
      for (reason, count) in reading.skipped.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        report.skippedRows.append(SkippedRows(path: store.store.path, reason: reason, count: count))
      }
      more = reading.more
      cursor = reading.cursor
      // Until its end is reached a store must not look as if nothing more were in it.
      let state = more ? "" : store.state
      report.requestsAdded += try ledger.write { [caches] database in
        try Unsettled.set(in: database)
        var requests = try PieceRequests(database, caches: caches)
        let added = try requests.add(reading.requests)
        try database.execute(
          sql: "INSERT OR REPLACE INTO store (path, state, cursor) VALUES (?, ?, ?)",
          arguments: [
            store.store.path, state, String(decoding: try JSONEncoder().encode(reading.cursor), as: UTF8.self),
          ])
        return added
      }
    }
  }

  private func read<Source: ByteSource & ~Copyable>(
    _ source: consuming Source, _ name: SourceName, from start: Checkpoint, isPacked: Bool, total: Int64,
    _ report: inout IngestReport
  ) throws(LedgerError) {
    let (configuration, caches) = (options.configuration, caches)
    let reading = LogReading(
      ledger: ledger, stretch: options.stretch, start: start, isPacked: isPacked, total: total, progress: progress)
    switch name {
    case .claudeCodeRouter:
      try reading.run(source, LogCollector(), &report) { harvest, database in
        var requests = try RouterRequests(database, configuration: configuration, caches: caches)
        return try requests.add(harvest)
      }
    case .claudeCode:
      try reading.run(source, TranscriptCollector(), &report) { harvest, database in
        var messages = try ClientMessages(database, caches: caches)
        return try messages.add(harvest.messages)
      }
    case .freeClaudeCode:
      try reading.run(source, FreeClaudeCodeCollector(), &report) { harvest, database in
        var requests = try PieceRequests(database, caches: caches)
        return try requests.add(harvest.fragments)
      }
    }
  }
}
