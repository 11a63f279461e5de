import Foundation
import GRDB
import Reading

/// Which files an ingest has to read, as what, and from where on.
struct IngestPlan {
  /// A log that has grown or is new.
  struct Log {
    var checkpoint: Checkpoint
    var source: SourceName
    var packing: Packing?
    /// Whether its lines have to be unwrapped.
    var isWrapped = false
    /// Whether its bytes have to be decoded before they are text.
    var isEncoded = false
    /// Whether its records are told apart by the brackets of JSON, not by line ends.
    var isDocument = false
    /// Whether it was named by itself, not found below a folder.
    var isNamed = false
    var rest = RestOfSource.waits
    var latest = Int64.max

    /// Whether it cannot be entered in its middle: what was read before is read and known again.
    var isIndivisible: Bool { packing != nil || isEncoded || isDocument }

    /// Where reading begins.
    var start: Checkpoint {
      var start = checkpoint
      start.source = source
      if isIndivisible { (start.place, start.lines) = (0, 0) }
      return start
    }

    /// The parts of it that are read side by side.
    /// - Parameter length: bytes.
    func ranges(log: Int, length: Int64) -> [LogRange] {
      let (place, size) = (start.place, checkpoint.facts.size)
      // The pieces of a wrapped line are put together from one place on.
      let isWhole = isIndivisible || isWrapped
      let ends = isWhole ? [] : Array(stride(from: place + length, to: size, by: Int64.Stride(length)))
      // The last one goes on to the end that the file has by then.
      return zip([place] + ends, ends + [.max]).map { begin, end in
        LogRange(
          log: log, path: checkpoint.facts.path, source: source, packing: packing, isWrapped: isWrapped,
          isEncoded: isEncoded, isDocument: isDocument, rest: rest, file: checkpoint.facts.identity,
          fingerprint: begin == place ? start.fingerprint : nil,
          size: size, latest: latest, range: begin..<end, isFirst: begin == place,
          buffer: size - begin < 1 << 20 ? 1 << 17 : 1 << 19)
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
    /// When its main file was last written to, epoch milliseconds.
    var modified: Int64
    /// Whether it was named by itself, not found below a folder.
    var isNamed = false
  }

  private(set) var logs: [Log] = []
  private(set) var stores: [Store] = []
  /// Folders with no record of any source below them.
  private(set) var barren: [String] = []
  /// Files that are no record of any source.
  private var foreign: [FileFacts] = []

  private let ledger: LedgerFile
  private let options: IngestOptions
  /// Whether nothing else was named.
  private let isAlone: Bool

  /// Looks at files, and at the files below folders. Those written to last come last.
  /// - Throws: `LedgerError`, for a path that, named alone, is not there or is no record of any source.
  init(
    _ paths: [String], ledger: LedgerFile, _ options: IngestOptions, _ report: inout IngestReport
  ) throws(LedgerError) {
    self.ledger = ledger
    self.options = options
    isAlone = paths.count == 1
    let program = options.program
    if try !ledger.read({ try KnownFiles.isForeign(by: program, in: $0) }) {
      try ledger.write { try KnownFiles.forgetForeign(unlessBy: program, in: $0) }
    }
    var known = try ledger.read { try KnownFiles(in: $0) }
    let quietBefore = options.now.map { $0 - Self.quiet } ?? .min
    var seen: Set<FileIdentity> = []
    var fresh: [Candidate] = []
    var fertile: Set<Int> = []
    var folders: Set<Int> = []
    for (place, path) in paths.enumerated() {
      var files: [FileFacts] = []
      try attempt(isNamed: true, &report) { (report) throws(LedgerError) in
        files = try FileTree.files(at: path) { report.failures.append($0.description) }
        if stat.of(path)?.isFolder == true { folders.insert(place) }
      }
      files.sort { ($0.modified, $0.path) < ($1.modified, $1.path) }
      for facts in files {
        guard seen.insert(facts.identity).inserted else {
          fertile.insert(place)
          continue
        }
        let isNamed = facts.path == path
        try attempt(isNamed: isNamed, &report) { (report) throws(LedgerError) in
          // A database's own companions; they are read with it.
          if facts.path.hasSuffix("-wal") || facts.path.hasSuffix("-shm") { return }
          if !isNamed, !options.again, options.source == nil, known.isForeign(facts) {
            report.filesForeign += 1
            return
          }
          let found = try LedgerError.log { () throws(LogError) in
            options.again
              ? Checkpoint(facts: facts)
              : try known.checkpoint(for: facts, source: options.source, quietBefore: quietBefore)
          }
          guard let checkpoint = found else {
            report.filesUnchanged += 1
            fertile.insert(place)
            return
          }
          // An empty file is a log that nothing was written to yet.
          if facts.size > 0 {
            fresh.append(Candidate(checkpoint: checkpoint, isNamed: isNamed, place: place))
          } else {
            fertile.insert(place)
          }
        }
      }
    }
    // What a file is, its content tells; that of thousands is looked at side by side.
    let (source, sources) = (options.source, options.sources)
    let kinds = OrderedPipeline(fresh, threads: options.jobs, capacity: 64) { candidate, give in
      _ = give(Result { () throws(LogError) in try candidate.kind(source, among: sources) })
    }
    defer { kinds.stop() }
    for candidate in fresh {
      guard let kind = kinds.next() else { break }
      try attempt(isNamed: candidate.isNamed, &report) { (report) throws(LedgerError) in
        let before = self.foreign.count
        // A file that cannot be read may be a record.
        defer { if self.foreign.count == before { fertile.insert(candidate.place) } }
        if case .failure(let error) = kind, !candidate.isNamed, error.isOtherForm {
          return leaveOut(candidate.checkpoint.facts, error, &report)
        }
        let kind = try LedgerError.log { () throws(LogError) in try kind.get() }
        try add(candidate, kind, &report)
      }
    }
    barren = folders.subtracting(fertile).sorted().map { paths[$0] }
    let foreign = foreign
    if !foreign.isEmpty { try ledger.write { try KnownFiles.remember(foreign: foreign, in: $0) } }
  }

  /// A file that has something new.
  private struct Candidate: Sendable {
    var checkpoint: Checkpoint
    var isNamed: Bool
    /// Which of the named places it lies in.
    var place: Int

    /// What it is; one that goes on is of whom it was, unless it is packed.
    func kind(_ source: SourceName?, among sources: Sources) throws(LogError) -> Kind {
      let kind = try SourceSniffer.kind(ofFileAt: checkpoint.facts.path, among: sources)
      if checkpoint.place > 0, let known = source ?? checkpoint.source, kind?.packing == nil {
        return .known(known, kind)
      }
      return .told(kind)
    }
  }

  private enum Kind {
    case known(SourceName, SourceKind?)
    case told(SourceKind?)
  }

  /// What is wrong with a file or a place does not stop the others.
  private func attempt(
    isNamed: Bool, _ report: inout IngestReport, _ body: (inout IngestReport) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    do throws(LedgerError) {
      try body(&report)
    } catch {
      if !isNamed, case .log(let reason) = error, reason.isGone {
        report.replaced.append(reason.path)
        return
      }
      guard !(isNamed && isAlone), let failure = error.ofOneFile else { throw error }
      report.failures.append(failure)
    }
  }

  private mutating func add(
    _ candidate: Candidate, _ kind: Kind, _ report: inout IngestReport
  ) throws(LedgerError) {
    let checkpoint = candidate.checkpoint
    switch kind {
    case .known(let name, let kind): logs.append(try framed(log(candidate, name, kind)))
    case .told(.sqlite): try addStore(checkpoint.facts, isNamed: candidate.isNamed, &report)
    case .told(.packed(by: let packer)):
      let error = LogError.packed(path: checkpoint.facts.path, by: packer)
      if candidate.isNamed { throw .log(error) }
      leaveOut(checkpoint.facts, error, &report)
    case .told(let kind):
      if let asked = options.source, let found = kind?.log, found != asked {
        throw .otherSource(path: checkpoint.facts.path, is: found, asked: asked)
      }
      guard let name = options.source ?? kind?.log else {
        if candidate.isNamed { throw .unknownFormat(path: checkpoint.facts.path) }
        report.filesForeign += 1
        foreign.append(checkpoint.facts)
        return
      }
      logs.append(try framed(log(candidate, name, kind)))
    }
  }

  /// Names a file that lies below a folder in a form that is not read, once for as long as it does not change.
  private mutating func leaveOut(_ facts: FileFacts, _ error: LogError, _ report: inout IngestReport) {
    report.filesInOtherForms.append(error.description)
    foreign.append(facts)
  }

  private func log(_ candidate: Candidate, _ source: SourceName, _ kind: SourceKind?) -> Log {
    let modified = candidate.checkpoint.facts.modified / 1_000_000
    let isQuiet = options.now.map { modified < $0 - Self.quiet } ?? false
    let isWrapped = kind?.isWrapped ?? false
    // Batches of objects are written at once, and often without a line end at theirs; copies end as they were made.
    let isTold = options.sources[source]?.framing == .values || isWrapped
    return Log(
      checkpoint: candidate.checkpoint, source: source, packing: kind?.packing, isWrapped: isWrapped,
      isEncoded: kind?.isEncoded ?? false, isDocument: kind?.isDocument ?? false, isNamed: candidate.isNamed,
      rest: isQuiet || isTold ? .countsIfWhole : .waits,
      latest: options.latest(writtenAt: modified))
  }

  /// For how long a file must not have been written to for its last line to count without a newline, milliseconds.
  private static let quiet: Int64 = 3_600_000

  /// Finds out how a log of a source that has both is framed, and where it can be entered.
  private func framed(_ log: Log) throws(LedgerError) -> Log {
    var log = log
    let (path, packing, isWrapped) = (log.checkpoint.facts.path, log.packing, log.isWrapped)
    let place = log.checkpoint.place
    let hasBoth = options.sources[log.source]?.framing == .values
    guard hasBoth || isWrapped else { return log }
    if hasBoth { log.isDocument = try isDocument(path, packing, isWrapped: isWrapped) }
    // What could not be entered in its middle was read to its end, wherever that lay.
    if place > 0, !log.isIndivisible, try !isLineStart(place, path) {
      (log.checkpoint.place, log.checkpoint.lines) = (0, 0)
    }
    return log
  }

  private func isDocument(
    _ path: String, _ packing: Packing?, isWrapped: Bool
  ) throws(LedgerError) -> Bool {
    try LedgerError.log { () throws(LogError) in
      guard let packing else { return try FramingSniffer.isDocument(FileSource(path: path), isWrapped: isWrapped) }
      return try Unpacking.read(FileSource(path: path), as: packing, path: path) { source throws(LogError) in
        try FramingSniffer.isDocument(source, isWrapped: isWrapped)
      } tar: { source throws(LogError) in
        try FramingSniffer.isDocument(source, isWrapped: isWrapped)
      } memory: { source throws(LogError) in
        try FramingSniffer.isDocument(source, isWrapped: isWrapped)
      }
    }
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
    let known: (state: String, cursor: String?)? = try ledger.read {
      try Row.fetchOne(
        $0, sql: "SELECT state, cursor FROM store WHERE path = ?", arguments: [StoreKey.of(facts.path)]
      ).map { try ($0.value("state"), $0.value("cursor")) }
    }
    if let known, known.state == state, !options.again {
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
    stores.append(
      Store(
        path: facts.path, source: source, cursor: options.again ? nil : known?.cursor, state: state,
        modified: max(facts.modified, log?.modified ?? 0) / 1_000_000, isNamed: isNamed))
  }
}
