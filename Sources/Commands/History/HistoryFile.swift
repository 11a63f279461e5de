import Audit
import Foundation

/// A line of the history that is no record.
struct BrokenLine: Hashable {
  var path: String
  /// The line's number, from 1.
  var line: Int
}

/// A file of the history: read whole, and only ever appended to, except by `history prune`.
struct HistoryFile {
  let path: String
  /// What was read before.
  var memo: HistoryMemo?
  /// Whether its folder names it: then it is there, or a link to it leads nowhere.
  var isListed = false

  /// What it holds; nothing where it is not there yet.
  func read() throws(CommandFailure) -> HistoryLog { try log(of: try bytes()) }

  /// All of the file; nothing where it is not there yet.
  func bytes() throws(CommandFailure) -> [UInt8] {
    do throws(SystemError) {
      return try Descriptor.contents(ofFile: path)
    } catch {
      if error.isNoSuchFile, !isListed { return [] }
      throw CommandFailure("cannot read the history \(path): \(error)")
    }
  }

  /// Whether some line begins as records do: a damaged history is one, and another program's file is none.
  func beginsARecord() throws(CommandFailure) -> Bool {
    try bytes().split(separator: 0x0A).contains { $0.starts(with: #"{"schema_version""#.utf8) }
  }

  /// The records of the file's bytes, one for each line that is not empty.
  func log(of bytes: [UInt8]) throws(CommandFailure) -> HistoryLog {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure("the history \(path) is not UTF-8 text")
    }
    do throws(AuditError) {
      return try HistoryLog(text: text)
    } catch {
      guard case .historyLine(_, let problem) = error, problem.isOfNewerProgram else {
        throw CommandFailure("\(path): \(error)", hint: "mend or remove that line; nothing was changed")
      }
      throw CommandFailure("\(path): \(error)", hint: "update this program; nothing was changed")
    }
  }

  /// What it holds, with its broken lines left out: a run goes on beside them, `history verify` names them.
  /// - Returns: the records, and the lines that are none.
  func readable() throws(CommandFailure) -> (log: HistoryLog, broken: [BrokenLine]) {
    let bytes = try bytes()
    var beginning = memo?.beginning(of: path, in: bytes) ?? HistoryMemo.Beginning()
    // What stands behind the last newline may be half a line, which goes on later.
    let end = (bytes.lastIndex(of: 0x0A) ?? -1) + 1
    do throws(AuditError) {
      if beginning.bytes.count < end {
        try beginning.read(bytes[beginning.bytes.count..<end], of: path)
        memo?.keep(beginning, of: path)
      }
      try beginning.read(bytes[end...], of: path)
    } catch {
      throw CommandFailure("\(path): \(error)", hint: "update this program; nothing was changed")
    }
    return (beginning.log, beginning.broken)
  }

  /// Appends records, and returns when they are on the disk.
  /// - Returns: how many those are.
  func append(_ news: [HistoryRecord]) throws(CommandFailure) -> Int {
    guard !news.isEmpty else { return 0 }
    let folder = URL(filePath: path).deletingLastPathComponent()
    try? FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(errno) }
    defer { _ = close(descriptor) }
    let end = lseek(descriptor, 0, SEEK_END)
    // A last line that lost its end (a power cut, a full disk) is ended first, so that it stays alone in its trouble.
    let text = (needsNewline(descriptor, end: end) ? "\n" : "") + HistoryLog.text(news)
    do throws(SystemError) {
      try Descriptor.write(Array(text.utf8), to: descriptor)
    } catch {
      // All records or none.
      _ = ftruncate(descriptor, end)
      throw failure(error.code)
    }
    // Before the ledger notes the day as done. What is no disk (a pipe) cannot be synced.
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure(errno) }
    if end == 0 { Self.sync(folder: folder.path) }
    return news.count
  }

  /// Takes away the beginning of a record that a power cut has left behind the last newline, or the NUL bytes that some
  /// file systems leave there. Anything else stays as it is.
  /// - Returns: whether there was such a thing.
  func removeTornEnd() throws(CommandFailure) -> Bool {
    let bytes = try bytes()
    let tail = bytes[((bytes.lastIndex(of: 0x0A) ?? -1) + 1)...]
    let torn = HistoryLog.tornBytes(tail)
    guard torn > 0 else { return false }
    let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(errno) }
    defer { _ = close(descriptor) }
    // Nothing was appended since.
    guard lseek(descriptor, 0, SEEK_END) == off_t(bytes.count) else { return false }
    guard ftruncate(descriptor, off_t(bytes.count - torn)) == 0, fsync(descriptor) == 0 else { throw failure(errno) }
    return true
  }

  /// A new file's name is on the disk when its folder is; some file systems do not let folders be synced.
  private static func sync(folder: String) {
    let descriptor = unsafe open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    _ = close(descriptor)
  }

  private func needsNewline(_ descriptor: Int32, end: off_t) -> Bool {
    var last: UInt8 = 0
    guard end > 0, unsafe pread(descriptor, &last, 1, end - 1) == 1 else { return false }
    return last != UInt8(ascii: "\n")
  }

  private func failure(_ reason: Int32) -> CommandFailure {
    CommandFailure(
      "cannot write the history \(path): \(SystemError(code: reason))", hint: "name another file with --history")
  }
}

/// What was read of histories. A daily run asks for its history several times a day that it audits, and appends to it in
/// between: each line is decoded once.
final class HistoryMemo {
  /// The first bytes of a file, and what they say.
  struct Beginning {
    fileprivate(set) var bytes: [UInt8] = []
    fileprivate(set) var log = HistoryLog()
    fileprivate(set) var broken: [BrokenLine] = []
    private var lines = 0

    /// Reads on. Bytes that are no UTF-8 break the line that they stand in.
    fileprivate mutating func read(_ more: ArraySlice<UInt8>, of path: String) throws(AuditError) {
      var found: [BrokenLine] = []
      try log.read(String(decoding: more, as: UTF8.self), after: lines) { line, _ in
        found.append(BrokenLine(path: path, line: line))
      }
      broken += found
      bytes += more
      lines += more.count { $0 == 0x0A }
    }
  }

  private var files: [String: Beginning] = [:]

  /// What is known of a file that still begins as it did.
  func beginning(of path: String, in bytes: [UInt8]) -> Beginning? {
    files[path].flatMap { bytes.starts(with: $0.bytes) ? $0 : nil }
  }

  func keep(_ beginning: Beginning, of path: String) { files[path] = beginning }
}
