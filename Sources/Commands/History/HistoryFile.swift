import Audit
import Foundation

/// A file of the history: read whole, and only ever appended to, except by `history prune`.
struct HistoryFile {
  let path: String

  /// What it holds; nothing where it is not there yet.
  func read() throws(CommandFailure) -> HistoryLog { try log(of: try bytes()) }

  /// All of the file; nothing where it is not there yet.
  func bytes() throws(CommandFailure) -> [UInt8] {
    do throws(SystemError) {
      return try Descriptor.contents(ofFile: path)
    } catch {
      if error.isNoSuchFile { return [] }
      throw CommandFailure("cannot read the history \(path): \(error)")
    }
  }

  /// The records of the file's bytes, one for each line that is not empty.
  func log(of bytes: [UInt8]) throws(CommandFailure) -> HistoryLog {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CommandFailure("the history \(path) is not UTF-8 text")
    }
    do throws(AuditError) {
      return try HistoryLog(text: text)
    } catch {
      throw CommandFailure("\(path): \(error)", hint: "mend or remove that line; nothing was changed")
    }
  }

  /// Appends records.
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
    // A last line that lost its end (an editor, a full disk) is ended first, so that it stays alone in its trouble.
    let text = (needsNewline(descriptor, end: end) ? "\n" : "") + HistoryLog.text(news)
    let bytes = Array(text.utf8)
    let written = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    guard written == bytes.count else {
      let reason = written < 0 ? errno : ENOSPC
      // All records or none.
      _ = ftruncate(descriptor, end)
      throw failure(reason)
    }
    return news.count
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
