import Foundation
import GRDB
import Testing

@testable import Reading

/// The router notices nothing.
@Suite struct ReadOnlyTests {
  @Test(arguments: ["live", "closed"]) func readingLeavesEveryByte(_ state: String) throws {
    let bench = try Bench(state)
    let before = try bench.bytes()
    let names = try FileManager.default.contentsOfDirectory(atPath: bench.folder.path).sorted()
    for name in ["usage.sqlite", "request-logs.sqlite"] {
      #expect(try bench.store(name).kind() != .notSQLite)
      _ = try bench.store(name).read()
    }
    #expect(try bench.bytes() == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path).sorted() == names)
    #expect(try bench.temporaries().isEmpty)
  }

  @Test func anOpenTransactionIsNeitherSeenNorDisturbed() throws {
    let bench = try Bench()
    let router = try bench.writer("usage.sqlite")
    let before = try router.writeWithoutTransaction { database in
      try database.beginTransaction(.immediate)
      try database.insertEvent("open")
      let before = try bench.bytes()
      #expect(try bench.store("usage.sqlite").read().rows == 418)
      #expect(try bench.bytes() == before)
      try database.commit()
      return before
    }
    #expect(try bench.bytes() != before)
    #expect(try bench.store("usage.sqlite").read().rows == 419)
  }

  /// The writer's connection gives up at once where it would have to wait, so that it commits means that it did not.
  @Test func theWriterCommitsAtOnceWhileARowIsBeingRead() throws {
    let bench = try Bench()
    let router = try bench.writer("usage.sqlite")
    let file = StoreFile(path: bench.path("usage.sqlite"), patience: 0.2, temporaryFolder: bench.temporary)
    let (first, second) = try file.read { database in
      let rows = try Row.fetchCursor(database, sql: "SELECT * FROM usage_events")
      _ = try rows.next()
      var seen = 1
      #expect(try bench.temporaries().isEmpty, "a live store is read where it is")
      for number in 0..<50 { try router.write { try $0.insertEvent("during-\(number)") } }
      while try rows.next() != nil { seen += 1 }
      return (seen, try Int.fetchOne(database, sql: "SELECT count(*) FROM usage_events"))
    }
    #expect(first == 418)
    #expect(second == 418)
    #expect(try bench.store("usage.sqlite").read().rows == 468)
  }

  /// What is done where a folder may not be written to. The tests may run as root, whom no mode stops, so the way that
  /// is taken then is called by its name.
  @Test(arguments: ["live", "closed"]) func aPrivateCopyReadsTheSame(_ state: String) throws {
    let bench = try Bench(state)
    let before = try bench.bytes()
    let file = StoreFile(path: bench.path("usage.sqlite"), patience: 0.2, temporaryFolder: bench.temporary)
    let rows = try file.readCopy { database in
      #expect(try bench.temporaries().isEmpty, "a copy has no name as soon as it is open: no end of the run leaves it")
      return try Int.fetchOne(database, sql: "SELECT count(*) FROM usage_events")
    }
    #expect(rows == 418)
    #expect(try bench.bytes() == before)
    #expect(try bench.temporaries().isEmpty)
  }

  @Test(arguments: [true, false]) func aFolderWithoutWritePermissionReads(_ hasSharedMemory: Bool) throws {
    let bench = try Bench()
    if !hasSharedMemory { try FileManager.default.removeItem(atPath: bench.path("usage.sqlite-shm")) }
    for file in try FileManager.default.contentsOfDirectory(atPath: bench.folder.path) {
      try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: bench.path(file))
    }
    try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: bench.folder.path)
    defer {
      try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: bench.folder.path)
    }
    let before = try bench.bytes()
    #expect(try bench.store("usage.sqlite").read().rows == 418)
    #expect(try bench.bytes() == before)
    #expect(FileManager.default.fileExists(atPath: bench.path("usage.sqlite-shm")) == hasSharedMemory)
  }

  /// A copy taken while the router writes is one state of the store or none: never a mixture.
  @Test func aCopyOfAMovingStoreIsWhole() async throws {
    let bench = try Bench()
    let router = try bench.writer("usage.sqlite")
    let writing = Task.detached {
      for number in 0..<200 {
        try await router.write { database in
          for half in 0..<2 { try database.insertEvent("moving-\(number)-\(half)") }
        }
        if number % 20 == 0 {
          try await router.writeWithoutTransaction { _ = try? $0.checkpoint(.passive) }
        }
        try await Task.sleep(for: .milliseconds(2))
      }
    }
    let file = StoreFile(path: bench.path("usage.sqlite"), patience: 0.01, temporaryFolder: bench.temporary)
    for _ in 0..<20 {
      do {
        let (count, last, check) = try file.readCopy { database in
          (
            try Int.fetchOne(database, sql: "SELECT count(*) FROM usage_events") ?? 0,
            try Int.fetchOne(database, sql: "SELECT max(rowid) FROM usage_events"),
            try String.fetchOne(database, sql: "PRAGMA quick_check")
          )
        }
        #expect(count == last)
        #expect(count % 2 == 0)
        #expect(check == "ok")
      } catch {
        #expect(error == .busy(path: bench.path("usage.sqlite")))
      }
    }
    try await writing.value
    #expect(try file.readCopy { try Int.fetchOne($0, sql: "SELECT count(*) FROM usage_events") } == 818)
    #expect(try bench.temporaries().isEmpty)
  }
}
