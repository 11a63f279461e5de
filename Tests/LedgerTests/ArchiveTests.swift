import Foundation
import Model
import Testing

@testable import Ledger
@testable import Reading

/// A bucket of records, as people copy one: a folder, or an archive of it.
struct ArchiveTests {
  private static func objects() throws -> [(name: String, bytes: [UInt8])] {
    let page = try Data(contentsOf: Fixture.root.appending(path: "litellm/api/spend_logs_v2.json"))
    let object = try #require(try JSONSerialization.jsonObject(with: page) as? [String: Any])
    return try #require(object["data"] as? [[String: Any]]).enumerated().map { index, row in
      ("litellm/2026-11-25/time-\(index).json", Array(try JSONSerialization.data(withJSONObject: row)))
    }
  }

  /// A tape archive, by POSIX.
  private static func tar(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    var archive: [UInt8] = []
    func add(_ name: String, _ bytes: [UInt8], _ kind: String) {
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, at place: Int) {
        header.replaceSubrange(place..<(place + text.utf8.count), with: text.utf8)
      }
      func octal(_ number: Int, _ width: Int) -> String {
        let digits = String(number, radix: 8)
        return String(repeating: "0", count: width - digits.count) + digits
      }
      put(name, at: 0)
      put("0000644", at: 100)
      put(octal(bytes.count, 11), at: 124)
      put("00000000000", at: 136)
      put("        ", at: 148)
      put(kind, at: 156)
      put("ustar", at: 257)
      put("00", at: 263)
      put(octal(header.reduce(0) { $0 + Int($1) }, 6), at: 148)
      header[154] = 0
      archive += header
      archive += bytes
      archive += [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }
    add("litellm/", [], "5")
    add("._note", Array("{\"not\":\"a record\"}".utf8), "0")
    for file in files { add(file.name, file.bytes, "0") }
    return archive + [UInt8](repeating: 0, count: 1024)
  }

  /// CRC-32 by ISO 3309, bit by bit.
  private static func checksum(_ bytes: [UInt8]) -> Int {
    Int(
      ~bytes.reduce(UInt32.max) { sum, byte in
        (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0xedb8_8320 : 0) }
      })
  }

  /// A ZIP archive whose files are stored as they are.
  private static func zip(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    func little(_ numbers: [(value: Int, width: Int)]) -> [UInt8] {
      numbers.flatMap { number in (0..<number.width).map { UInt8(number.value >> (8 * $0) & 0xff) } }
    }
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for file in files {
      let (size, length) = (file.bytes.count, file.name.utf8.count)
      let sum = checksum(file.bytes)
      directory += little([(0x0201_4b50, 4), (20, 2), (20, 2), (0, 2), (0, 2), (0, 4), (sum, 4), (size, 4), (size, 4)])
      directory += little([(length, 2), (0, 2), (0, 2), (0, 2), (0, 2), (0, 4), (archive.count, 4)])
      directory += Array(file.name.utf8)
      archive += little([(0x0403_4b50, 4), (20, 2), (0, 2), (0, 2), (0, 4), (sum, 4), (size, 4), (size, 4)])
      archive += little([(length, 2), (0, 2)])
      archive += Array(file.name.utf8)
      archive += file.bytes
    }
    let end = little([
      (0x0605_4b50, 4), (0, 2), (0, 2), (files.count, 2), (files.count, 2), (directory.count, 4), (archive.count, 4),
      (0, 2),
    ])
    return archive + directory + end
  }

  private static func gzip(_ plain: [UInt8], in folder: URL) throws -> [UInt8] {
    let (from, to) = (folder.appending(path: "plain"), folder.appending(path: "packed"))
    try Data(plain).write(to: from)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "gzip -c < '\(from.path)' > '\(to.path)'"]
    try process.run()
    process.waitUntilExit()
    return Array(try Data(contentsOf: to))
  }

  @Test func anArchiveIsReadLikeItsFolder() throws {
    let objects = try Self.objects()
    let folder = try Workbench()
    for (index, object) in objects.enumerated() { try Data(object.bytes).write(to: folder.log("time-\(index).json")) }
    try folder.ingest()
    let tape = Self.tar(objects)
    for archive in [tape, try Self.gzip(tape, in: folder.folder), Self.zip(objects)] {
      let bench = try Workbench()
      try Data(archive).write(to: bench.log("bucket"))
      #expect(try bench.ingest().skippedCount == 0)
      #expect(try bench.figures() == folder.figures())
      #expect(try bench.ingest().filesRead == 0)
    }
  }

  /// Wherever the cut is: in a file, behind one, or before the end is said.
  @Test func anArchiveThatIsCutGivesWhatCameBeforeTheCut() throws {
    let objects = try Self.objects()
    let archive = Self.tar(objects)
    for cut in [archive.count / 2, archive.count - 1024, archive.count - 1500, archive.count - 1025] {
      let bench = try Workbench()
      try Data(archive.prefix(cut)).write(to: bench.log("bucket.tar"))
      let report = try bench.ingest()
      #expect(report.failures.contains { $0.contains("the archive is cut short") }, "\(cut)")
      #expect(try !bench.rows().isEmpty)
    }
  }

  @Test func whatIsNotUnpackedIsNamed() throws {
    let bench = try Workbench()
    let path = bench.log("logs.zst")
    let packed: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]
    try Data(packed + Array(repeating: 7, count: 90)).write(to: path)
    #expect(throws: LedgerError.log(.packed(path: path.path, by: "zstd"))) { try bench.ingest([path.path]) }
    // It does not keep those beside it from being read.
    let plain = bench.log("a.jsonl")
    try Data((FramingLine.answer(1) + "\n").utf8).write(to: plain)
    let folder = try bench.ingest()
    #expect(folder.filesInOtherForms.count == 1 && folder.failures.isEmpty)
    #expect(try bench.totals().values.map(\.counts.requests) == [1])
    #expect(try bench.ingest([path.path, plain.path]).failures.count == 1)
    let telemetry = bench.log("otlp.bin")
    let message = "\u{0a}\u{01}service.name\u{12}\u{0b}\u{0a}\u{09}claude-code"
    try Data(message.utf8).write(to: telemetry)
    #expect(throws: LedgerError.log(.protobuf(path: telemetry.path))) { try bench.ingest([telemetry.path]) }
  }
}
