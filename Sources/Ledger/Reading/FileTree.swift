import Foundation
import Model
import Reading

/// What the system says of a file, without opening it.
package struct FileFacts: Hashable, Sendable {
  /// Where it was found.
  package var path: String
  /// The device it is on.
  package var device: Int64
  /// Its number on the device.
  package var inode: Int64
  /// Bytes.
  package var size: Int64
  /// When it was last written to, nanoseconds since 1970.
  package var modified: Int64

  /// What the system calls it.
  var identity: FileIdentity { FileIdentity(device: device, inode: inode) }
}

/// What the system calls a file or folder, whatever its path.
struct FileIdentity: Hashable, Sendable {
  var device: Int64
  var inode: Int64

  init(device: Int64, inode: Int64) { (self.device, self.inode) = (device, inode) }

  init(_ status: stat) {
    self.init(device: Int64(status.st_dev), inode: Int64(truncatingIfNeeded: status.st_ino))
  }
}

/// Finds the regular files below a path.
enum FileTree {
  /// The files at or below a path, in no particular order. Links are followed, but no folder is entered twice.
  /// - Parameter skip: called with each folder and file below the path that is there and cannot be looked at.
  /// - Throws: `LedgerError.noSuchPath`, `LogError.notAFile` for a socket, a device and the like, `LogError.unreadable`
  ///   for a place that may not be entered.
  static func files(at path: String, skip: (LogError) -> Void = { _ in }) throws(LedgerError) -> [FileFacts] {
    guard let root = stat.of(path) else {
      throw errno == ENOENT || errno == ENOTDIR
        ? .noSuchPath(path) : .log(.unreadable(path: path, reason: .system(errno)))
    }
    switch root.kind {
    case S_IFREG: return [facts(path, root)]
    case S_IFDIR: break
    default: throw .log(.notAFile(path: path))
    }
    var found: [FileFacts] = []
    var seen: Set<FileIdentity> = [FileIdentity(root)]
    var folders = [path]
    while let folder = folders.popLast() {
      let names: [String?]
      do throws(LogError) {
        names = try self.names(in: folder)
      } catch {
        // It went after its folder was read.
        if case .unreadable(_, .system(ENOENT)) = error, folder != path { continue }
        guard folder != path else { throw .log(error) }
        skip(error)
        continue
      }
      for name in names {
        guard let name else {
          skip(.unnameable(folder: folder))
          continue
        }
        let child = folder.hasSuffix("/") ? folder + name : folder + "/" + name
        guard let status = stat.of(child) else {
          // A file that went meanwhile, and a link that leads nowhere, are none.
          let reason = errno
          if ![ENOENT, ENOTDIR, ELOOP].contains(reason) { skip(.unreadable(path: child, reason: .system(reason))) }
          continue
        }
        switch status.kind {
        case S_IFREG: found.append(facts(child, status))
        case S_IFDIR where seen.insert(FileIdentity(status)).inserted: folders.append(child)
        default: break
        }
      }
    }
    return found
  }

  private static func names(in folder: String) throws(LogError) -> [String?] {
    guard let handle = unsafe opendir(PathText.system(folder)) else {
      throw .unreadable(path: folder, reason: .system(errno))
    }
    defer { unsafe _ = closedir(handle) }
    var names: [String?] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(handle) else {
        if errno != 0 { throw .unreadable(path: folder, reason: .system(errno)) }
        return names
      }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe PathText.text(Array(bytes.prefix { $0 != 0 }))
      }
      if name != "." && name != ".." { names.append(name) }
    }
  }

  private static func facts(_ path: String, _ status: stat) -> FileFacts {
    let time = status.modified
    let identity = FileIdentity(status)
    return FileFacts(
      path: path, device: identity.device, inode: identity.inode, size: Int64(status.st_size),
      // Only ever compared; a time beyond the year 2262, which some file systems keep, wraps around.
      modified: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
  }
}
