import CZlib
import Foundation
import TestSupport
import Testing

@testable import Reading

struct SourceTests {
  /// All bytes of a source, read in pieces of random size.
  private func bytes<Source: ByteSource & ~Copyable>(
    of source: consuming Source, seed: UInt64 = 0
  ) throws -> [UInt8] {
    var chance = SeededGenerator(seed: seed)
    var result: [UInt8] = []
    while true {
      let start = Int.random(in: 0...3, using: &chance)
      var buffer = [UInt8](repeating: 0xaa, count: start + Int.random(in: 1...100_000, using: &chance))
      let count = try source.read(into: &buffer, from: start)
      if count == 0 { return result }
      result += buffer[start..<(start + count)]
    }
  }

  private func unpacked(_ archive: [UInt8], seed: UInt64 = 0) throws -> [UInt8] {
    try bytes(of: GzipSource(MemorySource(archive), path: "a.gz"), seed: seed)
  }

  @Test func anArchiveGivesTheSameLinesAsItsFile() throws {
    for name in ["free-claude-code/server.log", try transcriptPaths()[0]] {
      let plain = try [UInt8](Data(contentsOf: URL(filePath: Fixtures.path(name))))
      try withFile(gzip(plain)) { path in
        var lines: [[UInt8]] = []
        var reader = LineReader(GzipSource(try FileSource(path: path), path: path), capacity: 64)
        #expect(try reader.forEachLine { line, _ in lines.append(line.indices.map { line[$0] }) } == false)
        #expect(try lines == fixtureLines(name))
        #expect(reader.offset == Int64(plain.count))
      }
    }
  }

  @Test(arguments: Thoroughness.seeds(12, few: 3))
  func membersMayBeMany(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed))
    var plain: [UInt8] = []
    var archive: [UInt8] = []
    for _ in 0..<Int.random(in: 1...6, using: &chance) {
      let part = (0..<Int.random(in: 0...200_000, using: &chance)).map { _ in UInt8.random(in: 0...9, using: &chance) }
      plain += part
      archive += gzip(part)
    }
    if Bool.random(using: &chance) { archive += [UInt8](repeating: 0, count: 70_000) }
    #expect(try unpacked(archive, seed: UInt64(seed)) == plain)
  }

  @Test func anArchiveThatIsCutOrDamagedIsToldWithItsPath() throws {
    let plain = Array(String(repeating: "a line of some log\n", count: 200).utf8)
    let archive = gzip(plain)
    for cut in 0..<archive.count {
      #expect(throws: LogError.badArchive(path: "a.gz", fault: .truncated)) { try unpacked(Array(archive.prefix(cut))) }
    }
    var chance = SeededGenerator(seed: 5)
    for place in [0, 1, 2] + (10..<archive.count) {
      var broken = archive
      broken[place] ^= UInt8.random(in: 1...255, using: &chance)
      #expect(throws: LogError.self) { try unpacked(broken) }
    }
    #expect(throws: LogError.badArchive(path: "a.gz", fault: .corrupt)) { try unpacked(archive + Array("xyz".utf8)) }
    #expect(throws: LogError.badArchive(path: "a.gz", fault: .corrupt)) { try unpacked(archive + [0, 0, 7]) }
    #expect(throws: LogError.badArchive(path: "a.gz", fault: .truncated)) { try unpacked(archive + archive.dropLast()) }
    #expect(
      LogError.badArchive(path: "a.gz", fault: .truncated).description == "cannot unpack a.gz: the archive is cut short"
    )
  }

  @Test func whatCameBeforeTheDamageIsStillHandedOut() throws {
    let plain = Array("one\ntwo\n".utf8)
    var source = GzipSource(MemorySource(gzip(plain) + [1, 2, 3]), path: "a.gz")
    var buffer = [UInt8](repeating: 0, count: 100)
    #expect(try source.read(into: &buffer, from: 0) == plain.count)
    for _ in 0..<2 {
      var failed = false
      do { _ = try source.read(into: &buffer, from: 0) } catch { failed = true }
      #expect(failed)
    }
  }

  @Test func aStreamCanBeLookedAtBeforeItIsRead() throws {
    let plain = try [UInt8](Data(contentsOf: URL(filePath: Fixtures.path("free-claude-code/server.log"))))
    for (content, isPacked) in [(plain, false), (gzip(plain), true), ([], false)] {
      let pipe = Pipe()
      let writer = Thread {
        try? pipe.fileHandleForWriting.write(contentsOf: Data(content))
        try? pipe.fileHandleForWriting.close()
      }
      writer.start()
      var source = DescriptorSource(descriptor: pipe.fileHandleForReading.fileDescriptor)
      let front = try source.peek(SourceSniffer.reach)
      #expect(front == Array(content.prefix(SourceSniffer.reach)))
      #expect(try source.peek(5) == Array(content.prefix(5)))
      if isPacked {
        #expect(try SourceSniffer.kind(of: front, path: "-") == .gzip(.log(.freeClaudeCode)))
        #expect(try bytes(of: GzipSource(source, path: "-")) == plain)
      } else {
        #expect(try bytes(of: source, seed: 4) == content)
      }
    }
    var closed = DescriptorSource(descriptor: -1)
    var failure: LogError?
    do throws(LogError) { _ = try closed.peek(1) } catch { failure = error }
    #expect(failure?.description == "cannot read standard input: bad file descriptor")
  }
}

/// Bytes as a gzip member.
func gzip(_ plain: [UInt8]) -> [UInt8] {
  var stream = unsafe z_stream()
  unsafe deflateInit2_(
    &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  var packed = [UInt8](repeating: 0, count: plain.count + plain.count / 100 + 1000)
  var plain = plain
  let count = unsafe plain.withUnsafeMutableBufferPointer { input in
    unsafe packed.withUnsafeMutableBufferPointer { output in
      unsafe stream.next_in = input.baseAddress
      unsafe stream.avail_in = UInt32(input.count)
      unsafe stream.next_out = output.baseAddress
      unsafe stream.avail_out = UInt32(output.count)
      _ = unsafe deflate(&stream, Z_FINISH)
      return unsafe output.count - Int(stream.avail_out)
    }
  }
  unsafe deflateEnd(&stream)
  return Array(packed.prefix(count))
}
