import Foundation
import GRDB
import Model

/// A store's file, opened so that its router notices nothing.
///
/// Three ways, all read-only:
/// - With `-wal` and `-shm` beside it the router has it open (or died): it is opened where it is. Readers and the writer
///   of a WAL database never wait for each other, and a read-only connection neither checkpoints nor deletes the `-wal`.
/// - Without a `-wal` the database is all there is, and SQLite, told that nobody writes (`immutable=1`), makes nothing
///   beside it. It takes no locks then: where the files have changed meanwhile, what was read counts for nothing.
/// - With a `-wal` alone SQLite would make the `-shm`, and leave it behind, in the router's folder; and where that folder
///   may not be written to it could not. Then a private copy is read. It holds prompts, so it has a fixed name by which
///   the next run finds what a kill left, and no name any more once it is open.
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
    let descriptor = unsafe Foundation.open(PathText.system(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
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
  func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    let header = try header()
    guard !header.isEmpty else { throw .empty(path: path) }
    guard Self.isSQLite(header) else { throw .notSQLite(path: path) }
    let usesWAL = header.count > 19 && header[18] == 2
    if !usesWAL || (FileState(path + "-wal") != nil && FileState(path + "-shm") != nil) {
      do throws(StoreError) {
        return try read(at: PathText.isPlain(path) ? path : PathText.address(path), body)
      } catch .unreadable where usesWAL {
        // The `-shm` is not ours to write to, or has gone meanwhile.
      }
    }
    if usesWAL, (FileState(path + "-wal")?.size ?? 0) == 0 {
      let before = FileState(path)
      let address = PathText.address(path) + "?immutable=1"
      if let value = try? read(at: address, body), FileState(path) == before,
        (FileState(path + "-wal")?.size ?? 0) == 0
      {
        return value
      }
    }
    return try readCopy(body)
  }

  /// The folder of a private copy within the folder for them.
  static let copyName = "store-copy"

  /// Removes copies that a kill has left.
  static func removeLeftovers(in folder: URL) {
    let files = FileManager.default
    let names = (try? files.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
    // Older versions gave each copy a name of its own.
    for name in names where name == copyName || (name.hasPrefix("store-") && name.count == 42) {
      try? files.removeItem(at: folder.appending(path: name))
    }
  }

  /// Copies the database and its `-wal` into a folder that only we may enter, and reads there.
  func readCopy<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do {
      // Once it is open and its log is read, the copy needs no name.
      let queue = try Interruption.deferred { () throws in try openCopy() }
      defer { try? queue.close() }
      return try queue.read(body)
    } catch {
      throw .of(error, path: path)
    }
  }

  private func openCopy() throws -> DatabaseQueue {
    let files = FileManager.default
    let folder = temporaryFolder.appending(path: Self.copyName)
    let copy = folder.appending(path: "store.sqlite").path(percentEncoded: false)
    let lock: CopyLock
    do {
      try files.createDirectory(
        at: temporaryFolder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      lock = CopyLock(temporaryFolder)
      try? files.removeItem(at: folder)
      try files.createDirectory(
        at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    } catch {
      throw StoreError.unreadable(path: folder.path(percentEncoded: false), reason: .system(EACCES))
    }
    defer {
      try? files.removeItem(at: folder)
      withExtendedLifetime(lock) {}
    }
    // A writer may change both files while they are copied; unless neither changed, the copy is worth nothing.
    for attempt in 0..<5 {
      if attempt > 0 { Thread.sleep(forTimeInterval: patience / 4) }
      let before = [path, path + "-wal"].map { FileState($0) }
      guard before[0] != nil else { throw StoreError.missing(path: path) }
      do {
        for (suffix, state) in zip(["", "-wal"], before) {
          try? files.removeItem(atPath: copy + suffix)
          if state != nil { try Self.copy(path + suffix, to: copy + suffix) }
        }
      } catch {
        if Interruption.isPending { throw error }
        // A `-wal` that went meanwhile is no failure: the router was closed.
        guard FileState(path + "-wal") != before[1] else {
          throw StoreError.unreadable(path: path, reason: .system(Self.code(error)))
        }
        continue
      }
      if [path, path + "-wal"].map({ FileState($0) }) == before {
        let queue = try open(copy)
        _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master") }
        return queue
      }
    }
    throw StoreError.busy(path: path)
  }

  /// Copies bytes and nothing else: `FileManager` would also give the copy the owner of the original, and fail where
  /// that is somebody else.
  private static func copy(_ source: String, to target: String) throws {
    let descriptor = unsafe Foundation.open(PathText.system(source), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    let input = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    defer { try? input.close() }
    _ = FileManager.default.createFile(atPath: target, contents: nil, attributes: [.posixPermissions: 0o600])
    let output = try FileHandle(forWritingTo: URL(filePath: target))
    defer { try? output.close() }
    while let part = try input.read(upToCount: 1 << 20), !part.isEmpty {
      if Interruption.isPending { throw CocoaError(.userCancelled) }
      try output.write(contentsOf: part)
    }
  }

  /// The system's number of an error.
  private static func code(_ error: any Error) -> Int32 {
    let error = error as NSError
    return Int32(truncatingIfNeeded: (error.userInfo[NSUnderlyingErrorKey] as? NSError)?.code ?? error.code)
  }

  private func read<Value>(at place: String, _ body: (Database) throws -> Value) throws(StoreError) -> Value {
    do {
      let queue = try open(place)
      defer { try? queue.close() }
      return try queue.read(body)
    } catch {
      throw .of(error, path: path)
    }
  }

  private func open(_ place: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(patience)
    configuration.label = "router-store"
    return try DatabaseQueue(path: place, configuration: configuration)
  }
}

/// Keeps two of us from copying into the same folder at once.
private final class CopyLock {
  private let descriptor: Int32

  init(_ folder: URL) {
    descriptor = unsafe open(folder.path(percentEncoded: false), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor >= 0 { _ = flock(descriptor, LOCK_EX) }
  }

  deinit { if descriptor >= 0 { _ = close(descriptor) } }
}

/// What tells that a file was changed.
private struct FileState: Equatable {
  var size: Int64
  var modified: [Int]
  var inode: UInt64

  init?(_ path: String) {
    var status = stat()
    guard unsafe stat(PathText.system(path), &status) == 0 else { return nil }
    size = Int64(status.st_size)
    inode = UInt64(status.st_ino)
    modified = [status.modified.tv_sec, status.modified.tv_nsec]
  }
}
