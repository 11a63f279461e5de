import Foundation
import GRDB

/// A store's file, opened so that its router notices nothing.
///
/// Three ways, all read-only:
/// - With `-wal` and `-shm` beside it the router has it open (or died): it is opened where it is. Readers and the writer
///   of a WAL database never wait for each other, and a read-only connection neither checkpoints nor deletes the `-wal`.
/// - Without them SQLite would make both, and leave them behind, in the router's folder; and where that folder may not
///   be written to it could not. Then a private copy of the database and its `-wal` is read. `immutable=1` would spare
///   the copy, but it ignores the `-wal`, which holds the newest rows, and takes no locks, so that a checkpoint under
///   way would be read as damage.
/// - A database in rollback mode has neither file and needs none.
struct StoreFile {
  let path: String
  /// How many seconds to wait for a lock.
  let patience: Double
  /// Where private copies go.
  let temporaryFolder: URL

  private static let magic = Array("SQLite format 3\0".utf8)

  /// The first bytes of the file, which name it and its journal mode.
  func header() throws(StoreError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw errno == ENOENT || errno == ENOTDIR ? .missing(path: path) : .unreadable(path: path, reason: .system(errno))
    }
    defer { _ = close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
    guard count >= 0 else { throw .unreadable(path: path, reason: .system(errno)) }
    return Array(bytes[..<count])
  }

  static func isSQLite(_ header: [UInt8]) -> Bool { header.starts(with: magic) }

  /// Hands one consistent state of the database to a closure.
  /// - Throws: `StoreError`.
  func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    let header = try header()
    guard !header.isEmpty else { throw .empty(path: path) }
    guard Self.isSQLite(header) else { throw .notSQLite(path: path) }
    let usesWAL = header.count > 19 && header[18] == 2
    if !usesWAL || (FileState(path + "-wal") != nil && FileState(path + "-shm") != nil) {
      do throws(StoreError) {
        return try read(at: path, body)
      } catch .unreadable where usesWAL {
        // The `-shm` is not ours to write to, or has gone meanwhile.
      }
    }
    return try readCopy(body)
  }

  /// Copies the database and its `-wal` into a folder that only we may enter, and reads there.
  func readCopy<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    let files = FileManager.default
    let folder = temporaryFolder.appending(path: "store-\(UUID().uuidString)")
    let copy = folder.appending(path: "store.sqlite").path
    defer { try? files.removeItem(at: folder) }
    do {
      try files.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .unreadable(path: folder.path, reason: .system(EACCES))
    }
    // A writer may change both files while they are copied; unless neither changed, the copy is worth nothing.
    for attempt in 0..<5 {
      if attempt > 0 { Thread.sleep(forTimeInterval: patience / 4) }
      let before = [path, path + "-wal"].map { FileState($0) }
      guard before[0] != nil else { throw .missing(path: path) }
      do {
        for (suffix, state) in zip(["", "-wal"], before) {
          try? files.removeItem(atPath: copy + suffix)
          if state != nil { try Self.copy(path + suffix, to: copy + suffix) }
        }
      } catch {
        // A `-wal` that went meanwhile is no failure: the router was closed.
        guard FileState(path + "-wal") != before[1] else {
          throw .unreadable(path: path, reason: .system(Self.code(error)))
        }
        continue
      }
      if [path, path + "-wal"].map({ FileState($0) }) == before {
        return try read(at: copy, body)
      }
    }
    throw .busy(path: path)
  }

  /// Copies bytes and nothing else: `FileManager` would also give the copy the owner of the original, and fail where
  /// that is somebody else.
  private static func copy(_ source: String, to target: String) throws {
    let input = try FileHandle(forReadingFrom: URL(filePath: source))
    defer { try? input.close() }
    _ = FileManager.default.createFile(atPath: target, contents: nil, attributes: [.posixPermissions: 0o600])
    let output = try FileHandle(forWritingTo: URL(filePath: target))
    defer { try? output.close() }
    while let part = try input.read(upToCount: 1 << 20), !part.isEmpty { try output.write(contentsOf: part) }
  }

  /// The system's number of an error.
  private static func code(_ error: any Error) -> Int32 {
    let error = error as NSError
    return Int32(truncatingIfNeeded: (error.userInfo[NSUnderlyingErrorKey] as? NSError)?.code ?? error.code)
  }

  private func read<Value>(at place: String, _ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do {
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(patience)
      configuration.label = "router-store"
      let queue = try DatabaseQueue(path: place, configuration: configuration)
      defer { try? queue.close() }
      return try queue.read(body)
    } catch {
      throw .of(error, path: path)
    }
  }
}

/// What tells that a file was changed.
private struct FileState: Equatable {
  var size: Int64
  var modified: [Int]
  var inode: UInt64

  init?(_ path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    size = Int64(status.st_size)
    inode = UInt64(status.st_ino)
    #if canImport(Darwin)
      modified = [status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec]
    #else
      modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    #endif
  }
}
