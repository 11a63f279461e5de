import GRDB
package import RouterLogs

/// What an ingest did.
package struct IngestReport: Equatable, Sendable {
  /// Files of which something was read.
  package var filesRead = 0
  /// Files that had not changed.
  package var filesUnchanged = 0
  /// Files below a folder that are no log of any known source.
  package var filesForeign = 0
  /// Bytes of logs read.
  package var bytesRead: Int64 = 0
  /// Requests that the ledger holds beyond those it held before.
  package var requestsAdded = 0
  /// Lines left out, and where.
  package var skipped: [SkippedPlace] = []
  /// How many lines were left out.
  package var skippedCount = 0
  /// Files that could not be read, in words.
  package var failures: [LogError] = []
  /// Pieces of requests whose beginning no log holds any more.
  package var headlessPieces = 0

  /// Nothing done.
  package init() {}
}

/// A line left out, and in which file.
package struct SkippedPlace: Hashable, Sendable {
  /// The file.
  package var path: String
  /// The line and the reason.
  package var line: SkippedLine
}

/// How far an ingest is, for a progress line.
package struct IngestProgress: Sendable {
  /// Bytes read so far.
  package var done: Int64
  /// Bytes to read.
  package var total: Int64
  /// The file being read.
  package var path: String
}

/// Reads logs into a ledger. Every stretch of a file is one transaction, in which its requests and the place to go on
/// from are written together, so a run may end anywhere.
package struct Ingest {
  private let ledger: LedgerFile
  private let configuration: RouterConfiguration
  private let stretch: Int64
  private let progress: (IngestProgress) -> Void

  /// An ingest into a ledger.
  /// - Parameters:
  ///   - ledger: where to.
  ///   - configuration: the router's, which names providers where a log holds only their address.
  ///   - stretch: how many bytes of a file make a transaction.
  ///   - progress: called now and then.
  package init(
    into ledger: LedgerFile, configuration: RouterConfiguration, stretch: Int64 = 64 << 20,
    progress: @escaping (IngestProgress) -> Void = { _ in }
  ) {
    self.ledger = ledger
    self.configuration = configuration
    self.stretch = stretch
    self.progress = progress
  }

  /// Reads what is new in files, and in the files below folders.
  /// - Throws: `LedgerError`, for a path that is not there or that, named by itself, is no log; a file that cannot be
  ///   read is reported and the others are read.
  package func run(_ paths: [String]) throws(LedgerError) -> IngestReport {
    var report = IngestReport()
    let before = try lastRequest()
    let reads = try plan(paths, &report)
    let total = reads.reduce(0) { $0 + max(0, $1.facts.size - $1.place) }
    for checkpoint in reads {
      do throws(LedgerError) {
        try read(checkpoint, total: total, &report)
      } catch {
        guard case .log(let failure) = error else { throw error }
        report.failures.append(failure)
      }
    }
    if report.filesRead > 0 {
      let configuration = configuration
      try ledger.write { try RouterRequests($0, configuration: configuration).markInterrupted() }
    }
    report.requestsAdded = max(0, try lastRequest() - before)
    report.headlessPieces = try ledger.read {
      try Int.fetchOne(
        $0,
        sql: """
          SELECT count(*) FROM fragment AS piece WHERE head IS NULL AND NOT EXISTS (
            SELECT 1 FROM fragment WHERE writer = piece.writer AND number = piece.number AND head <= piece.start)
          """) ?? 0
    }
    return report
  }

  /// The files to read and where to begin, those written to last coming last.
  private func plan(_ paths: [String], _ report: inout IngestReport) throws(LedgerError) -> [Checkpoint] {
    var reads: [Checkpoint] = []
    var planned: Set<[Int64]> = []
    for path in paths {
      let files = try FileTree.files(at: path)
      for facts in files.sorted(by: { ($0.modified, $0.path) < ($1.modified, $1.path) })
      where planned.insert([facts.device, facts.inode]).inserted {
        do throws(LedgerError) {
          guard let checkpoint = try ledger.read({ try Checkpoint.find(for: facts, in: $0) }) else {
            report.filesUnchanged += 1
            continue
          }
          if try isLog(checkpoint) {
            reads.append(checkpoint)
          } else if facts.path == path {
            throw .unknownFormat(path: path)
          } else {
            report.filesForeign += 1
          }
        } catch {
          guard case .log(let failure) = error, facts.path != path else { throw error }
          report.failures.append(failure)
        }
      }
    }
    return reads
  }

  private func read(_ start: Checkpoint, total: Int64, _ report: inout IngestReport) throws(LedgerError) {
    let path = start.facts.path
    var checkpoint = start
    var collector = LogCollector()
    var reader = LineReader(try source(path, from: start.place), at: start.place)
    var line = start.lines
    report.filesRead += 1
    var more = true
    while more {
      do throws(LogError) {
        more = try reader.forEachLine(until: checkpoint.place + stretch) { bytes, offset in
          line += 1
          collector.take(bytes, at: offset, line: line)
        }
      } catch {
        throw .log(error)
      }
      let harvest = collector.finish()
      report.bytesRead += reader.offset - checkpoint.place
      report.skippedCount += harvest.skippedCount
      report.skipped += harvest.skipped.map { SkippedPlace(path: path, line: $0) }
      checkpoint.place = reader.offset
      checkpoint.lines = line
      // Until its end is reached a file must not look as if nothing more were in it.
      if more { checkpoint.facts.size = -1 } else { checkpoint.facts.size = start.facts.size }
      let (state, configuration) = (checkpoint, configuration)
      try ledger.write { database in
        var store = try RouterRequests(database, configuration: configuration)
        try store.add(harvest)
        try state.save(in: database)
      }
      progress(IngestProgress(done: report.bytesRead, total: total, path: path))
    }
  }

  private func isLog(_ checkpoint: Checkpoint) throws(LedgerError) -> Bool {
    if checkpoint.place > 0 || checkpoint.facts.size == 0 { return true }
    do {
      return try SourceSniffer.kind(ofFileAt: checkpoint.facts.path) == .claudeCodeRouter
    } catch {
      throw .log(error)
    }
  }

  private func source(_ path: String, from offset: Int64) throws(LedgerError) -> FileSource {
    do {
      return try FileSource(path: path, from: offset)
    } catch {
      throw .log(error)
    }
  }

  private func lastRequest() throws(LedgerError) -> Int {
    try ledger.read { try Int.fetchOne($0, sql: "SELECT max(id) FROM request") ?? 0 }
  }
}
