import Foundation
import GRDB
import RouterLogs
import RouterStores

/// Which files an ingest has to read, as what, and from where on.
struct IngestPlan {
  /// A log that has grown or is new.
  struct Log {
    var checkpoint: Checkpoint
    var source: SourceName
    var isPacked = false
  }

  /// A router's store that has changed or is new.
  struct Store {
    var store: RouterStore
    var cursor: StoreCursor?
    /// What the files looked like when this was planned.
    var state: String
  }

  private(set) var logs: [Log] = []
  private(set) var stores: [Store] = []

  private let ledger: LedgerFile
  private let source: SourceName?
  private var seen: Set<[Int64]> = []

  /// Looks at files, and at the files below folders. Those written to last come last.
  /// - Throws: `LedgerError`, for a path that is not there or that, named by itself, is no record of any source.
  init(
    _ paths: [String], ledger: LedgerFile, source: SourceName?, _ report: inout IngestReport
  ) throws(LedgerError) {
    self.ledger = ledger
    self.source = source
    for path in paths {
      for facts in try FileTree.files(at: path).sorted(by: { ($0.modified, $0.path) < ($1.modified, $1.path) })
      where seen.insert([facts.device, facts.inode]).inserted {
        do throws(LedgerError) {
          try add(facts, isNamed: facts.path == path, &report)
        } catch {
          guard facts.path != path, let failure = error.ofOneFile else { throw error }
          report.failures.append(failure)
        }
      }
    }
  }

  private mutating func add(_ facts: FileFacts, isNamed: Bool, _ report: inout IngestReport) throws(LedgerError) {
    // A database's own companions; they are read with it.
    if facts.path.hasSuffix("-wal") || facts.path.hasSuffix("-shm") { return }
    guard let checkpoint = try ledger.read({ try Checkpoint.find(for: facts, in: $0) }) else {
      report.filesUnchanged += 1
      return
    }
    // An empty file is a log that nothing was written to yet.
    if facts.size == 0 { return }
    if checkpoint.place > 0, let known = source ?? checkpoint.source, !facts.path.hasSuffix(".gz") {
      logs.append(Log(checkpoint: checkpoint, source: known))
      return
    }
    let kind = try LedgerError.log { () throws(LogError) in try SourceSniffer.kind(ofFileAt: facts.path) }
    if kind == .sqlite { return try addStore(facts, isNamed: isNamed, &report) }
    guard let known = source ?? kind.flatMap(SourceName.init) else {
      if isNamed { throw .unknownFormat(path: facts.path) }
      report.filesForeign += 1
      return
    }
    var log = Log(checkpoint: checkpoint, source: known)
    if case .gzip = kind { log.isPacked = true }
    logs.append(log)
  }

  private mutating func addStore(
    _ facts: FileFacts, isNamed: Bool, _ report: inout IngestReport
  ) throws(LedgerError) {
    let folder = URL(filePath: ledger.path).deletingLastPathComponent()
    let store = RouterStore(path: facts.path, temporaryFolder: folder)
    let log = (try? FileTree.files(at: facts.path + "-wal"))?.first
    let state = "\(facts.size) \(facts.modified) \(log?.size ?? 0) \(log?.modified ?? 0)"
    let known = try ledger.read {
      try Row.fetchOne($0, sql: "SELECT state, cursor FROM store WHERE path = ?", arguments: [facts.path])
    }
    if let known, known["state"] == state {
      report.filesUnchanged += 1
      return
    }
    guard case .store = try LedgerError.store({ () throws(StoreError) in try store.kind() }) else {
      if isNamed { throw .unknownFormat(path: facts.path) }
      report.filesForeign += 1
      return
    }
    let cursor = known.flatMap {
      try? JSONDecoder().decode(StoreCursor.self, from: Data(($0["cursor"] as String).utf8))
    }
    stores.append(Store(store: store, cursor: cursor, state: state))
  }
}
