import Audit
import Foundation

/// The history, as `history:` names it: a file, or a folder of files of which each origin has one, so that git merges
/// what several people commit.
struct HistoryStore {
  /// As it is configured.
  let path: String

  private let memo: HistoryMemo?

  init(path: String, memo: HistoryMemo? = nil) { (self.path, self.memo) = (path, memo) }

  init(_ workspace: Workspace) { self.init(path: workspace.settings.history.value, memo: workspace.historyMemo) }

  /// Whether it is a folder.
  var isFolder: Bool {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      return path.hasSuffix("/")
    }
    return isFolder.boolValue
  }

  /// Whether there is anything.
  var exists: Bool { FileManager.default.fileExists(atPath: path) }

  /// Its files, by name.
  func files() throws(CommandFailure) -> [HistoryFile] {
    guard isFolder else { return [HistoryFile(path: path, memo: memo)] }
    guard exists else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path).filter(Self.isHistory).sorted()
        .map { HistoryFile(path: inside($0), memo: memo, isListed: true) }
    } catch {
      throw CommandFailure("cannot read the history \(path): \(error.localizedDescription)")
    }
  }

  /// Whether a file of a folder belongs to the history.
  static func isHistory(_ name: String) -> Bool { name.hasSuffix(".jsonl") && !name.hasPrefix(".") }

  /// All records; none where there is no history yet.
  /// - Throws: also where one origin has files that would replace each other's records.
  func read() throws(CommandFailure) -> HistoryLog {
    var log = HistoryLog()
    var places = OriginPlaces()
    for file in try files() {
      let records = try file.read().records
      places.add(records, of: file.path)
      log.records += records
    }
    try places.demandAgreement()
    return log
  }

  /// All records, with broken lines left out: a run goes on beside them, `history verify` names them.
  /// - Returns: the records, and the lines that are none.
  func readable() throws(CommandFailure) -> (log: HistoryLog, broken: [BrokenLine]) {
    var (log, broken) = (HistoryLog(), [BrokenLine]())
    for file in try files() {
      let found = try file.readable()
      log.records += found.log.records
      broken += found.broken
    }
    return (log, broken)
  }

  /// Appends the records that say something new.
  /// - Parameter origin: whose they are; names the file in a folder.
  /// - Returns: how many that were.
  func append(_ records: [HistoryRecord], origin: String) throws(CommandFailure) -> Int {
    let file = file(of: origin)
    let (own, broken) = try file.readable()
    if !broken.isEmpty, own.records.isEmpty, try !file.beginsARecord() {
      throw CommandFailure(
        "\(file.path) is no history: none of its lines is a record; nothing was written to it",
        hint: "name another file with --history")
    }
    return try file.append(readable().log.superseding(with: records))
  }

  /// Takes away the half of a record that a power cut has left at the end of a history.
  /// - Parameter origin: whose it is; names the file in a folder.
  /// - Returns: whether there was one.
  func removeTornEnd(origin: String) throws(CommandFailure) -> Bool {
    guard exists else { return false }
    return try file(of: origin).removeTornEnd()
  }

  /// The file that an origin's records go to.
  private func file(of origin: String) -> HistoryFile {
    HistoryFile(path: isFolder ? inside("\(origin).jsonl") : path, memo: memo)
  }

  private func inside(_ name: String) -> String { path + (path.hasSuffix("/") ? "" : "/") + name }
}
