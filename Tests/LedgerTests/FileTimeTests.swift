import Foundation
import Testing

@testable import Ledger

struct FileTimeTests {
  /// File systems in memory keep times that fit into no number of nanoseconds.
  @Test(arguments: [10_000_000_000, -10_000_000_000, 1_000_000_000_000_000])
  func aTimeFarAheadIsATimeAsAnyOther(seconds: Int) throws {
    let memory = URL(filePath: "/dev/shm")
    let place =
      FileManager.default.isWritableFile(atPath: memory.path) ? memory : FileManager.default.temporaryDirectory
    let file = place.appending(path: "ccr-audit-time-\(UUID().uuidString).log")
    try Data("x".utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
    // Where the system refuses the time, nothing can be read of it.
    guard unsafe utimensat(AT_FDCWD, file.path, times, 0) == 0 else { return }
    let first = try FileTree.files(at: file.path)
    #expect(first.map(\.size) == [1])
    #expect(try FileTree.files(at: file.path) == first)
  }
}
