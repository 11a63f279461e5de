import Foundation
import GRDB
import Reading

/// Which files an ingest has to read, as what, and from where on.
struct IngestPlan {
  /// A log that has grown or is new.
  struct Log {
    var checkpoint: Checkpoint
    var source: SourceName
    var isPacked = false
    /// Whether its records are told apart by the brackets of JSON, not by line ends.
    var isDocument = false

    /// Whether it cannot be entered in its middle: what was read before is read and known again.
    var isOnePiece: Bool { isPacked || isDocument }

    /// Where reading begins.
    var start: Checkpoint {
      var start = checkpoint
      start.source = source
      if isOnePiece { (start.place, start.lines) = (0, 0) }
      return start
    }

    /// The parts of it that are read side by side.
    /// - Parameter length: bytes.
    func pieces(log: Int, length: Int64) -> [LogPiece] {
      let (place, size) = (start.place, checkpoint.facts.size)
      let ends = isOnePiece ? [] : Array(stride(from: place + length, to: size, by: Int64.Stride(length)))
      // The last one goes on to the end that the file has by then.
      return zip([place] + ends, ends + [.max]).map { begin, end in
        LogPiece(
          log: log, path: checkpoint.facts.path, source: source, isPacked: isPacked, isDocument: isDocument,
          range: begin..<end,
          isFirst: begin == place, buffer: size - begin < 1 << 20 ? 1 << 17 : 1 << 19)
      }
    }
  }

  /// A router's store that has changed or is new.
  struct Store {
    var path: String
    var source: any StoreSource.Type
    /// Where the last reading of it ended, in the source's own words.
    var cursor: String?
    /// What the files looked like when this was planned.
    var state: String
  }

  private(set) var logs: [Log] = []
  private(set) var stores: [Store] = []

  private let ledger: LedgerFile
  private let options: Ingest.Options

  /// Looks at files, and at the files below folders. Those written to last come last.
  /// - Throws: `LedgerError`, for a path that is not there or that, named by itself, is no record of any source.
  init(
    _ paths: [String], ledger: LedgerFile, _ options: Ingest.Options, _ report: inout IngestReport
  ) throws(LedgerError) {
    self.ledger = ledger
    self.options = options
    var known = try ledger.read { try KnownFiles(in: $0) }
    var seen: Set<FileIdentity> = []
    var fresh: [Candidate] = []
    for path in paths {
      for facts in try FileTree.files(at: path).sorted(by: { ($0.modified, $0.path) < ($1.modified, $1.path) })
      where seen.insert(facts.identity).inserted {
        let isNamed = facts.path == path
        try attempt(isNamed: isNamed, &report) { (report) throws(LedgerError) in
          // A database's own companions; they are read with it.
          if facts.path.hasSuffix("-wal") || facts.path.hasSuffix("-shm") { return }
          let found = try LedgerError.log { () throws(LogError) in try known.checkpoint(for: facts) }
          guard let checkpoint = found else {
            report.filesUnchanged += 1
            return
          }
          // An empty file is a log that nothing was written to yet.
          if facts.size > 0 { fresh.append(Candidate(checkpoint: checkpoint, isNamed: isNamed)) }
        }
      }
    }
    // What a file is, its content tells; that of thousands is looked at side by side.
    let (source, sources) = (options.source, options.sources)
    let kinds = Conveyor(fresh, threads: options.jobs) { candidate, give in
      _ = give(Result { () throws(LogError) in try candidate.kind(source, among: sources) })
    }
    defer { kinds.stop() }
    for candidate in fresh {
      guard let kind = kinds.next() else { break }
      try attempt(isNamed: candidate.isNamed, &report) { (report) throws(LedgerError) in
        let kind = try LedgerError.log { () throws(LogError) in try kind.get() }
        try add(candidate, kind, &report)
      }
    }
  }

  /// A file that has something new.
  private struct Candidate: Sendable {
    var checkpoint: Checkpoint
    var isNamed: Bool

    /// What it is; one that goes on is what it was.
    func kind(_ source: SourceName?, among sources: Sources) throws(LogError) -> Kind {
      if checkpoint.place > 0, let known = source ?? checkpoint.source, !checkpoint.facts.path.hasSuffix(".gz") {
        return .known(known)
      }
      return .told(try SourceSniffer.kind(ofFileAt: checkpoint.facts.path, among: sources))
    }
  }

  private enum Kind {
    case known(SourceName)
    case told(SourceKind?)
  }

  /// What is wrong with a file below a folder does not stop the others.
  private func attempt(
    isNamed: Bool, _ report: inout IngestReport, _ body: (inout IngestReport) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    do throws(LedgerError) {
      try body(&report)
    } catch {
      guard !isNamed, let failure = error.ofOneFile else { throw error }
      report.failures.append(failure)
    }
  }

  private mutating func add(
    _ candidate: Candidate, _ kind: Kind, _ report: inout IngestReport
  ) throws(LedgerError) {
    let checkpoint = candidate.checkpoint
    switch kind {
    case .known(let name): try logs.append(framed(Log(checkpoint: checkpoint, source: name)))
    case .told(.sqlite): try addStore(checkpoint.facts, isNamed: candidate.isNamed, &report)
    case .told(let kind):
      guard let name = options.source ?? kind?.log else {
        if candidate.isNamed { throw .unknownFormat(path: checkpoint.facts.path) }
        report.filesForeign += 1
        return
      }
      var log = Log(checkpoint: checkpoint, source: name)
      if case .gzip = kind { log.isPacked = true }
      logs.append(try framed(log))
    }
  }

  /// Finds out how a log of a source that has both is framed.
  private func framed(_ log: Log) throws(LedgerError) -> Log {
    guard let source = options.sources[log.source], source.framing == .values else { return log }
    var log = log
    let (path, isPacked, place) = (log.checkpoint.facts.path, log.isPacked, log.checkpoint.place)
    log.isDocument = try LedgerError.log { () throws(LogError) in
      try isPacked
        ? FramingSniffer.isDocument(GzipSource(FileSource(path: path), path: path))
        : FramingSniffer.isDocument(FileSource(path: path))
    }
    // A log whose first line was not yet whole looked like a document, and was read to its end.
    if place > 0, !log.isOnePiece, try !isLineStart(place, path) {
      (log.checkpoint.place, log.checkpoint.lines) = (0, 0)
    }
    return log
  }

  private func isLineStart(_ place: Int64, _ path: String) throws(LedgerError) -> Bool {
    try LedgerError.log { () throws(LogError) in
      var source = try FileSource(path: path, from: place - 1)
      var byte: [UInt8] = [0]
      return try source.read(into: &byte, from: 0) == 1 && byte[0] == UInt8(ascii: "\n")
    }
  }

  private mutating func addStore(
    _ facts: FileFacts, isNamed: Bool, _ report: inout IngestReport
  ) throws(LedgerError) {
    let log = (try? FileTree.files(at: facts.path + "-wal"))?.first
    let state = "\(facts.size) \(facts.modified) \(log?.size ?? 0) \(log?.modified ?? 0)"
    let known = try ledger.read {
      try Row.fetchOne($0, sql: "SELECT state, cursor FROM store WHERE path = ?", arguments: [facts.path])
    }
    if let known, known["state"] == state {
      report.filesUnchanged += 1
      return
    }
    let (path, sources) = (facts.path, options.sources)
    let folder = ledger.folder
    guard
      let source = try LedgerError.store({ () throws(StoreError) in
        try sources.store(at: path, temporaryFolder: folder)
      })
    else {
      if isNamed { throw .unknownFormat(path: facts.path) }
      report.filesForeign += 1
      return
    }
    stores.append(Store(path: facts.path, source: source, cursor: known?["cursor"], state: state))
  }
}
