import Model
import Testing

@testable import Reading

/// A ZIP archive is believed where all that it says of its files is true.
@Suite struct ArchiveTests {
  static func number(_ value: Int, _ length: Int) -> [UInt8] {
    (0..<length).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// What archives are made of.
  /// - Parameters:
  ///   - repeated: how often the directory names the bytes of a file, each time by another name.
  ///   - flags: of each file.
  ///   - isDescribedBehind: whether sizes and checksum stand behind a file's bytes, as where it was written as a stream.
  static func archive(
    _ files: [(name: String, bytes: [UInt8])], repeated: Int = 1, flags: Int = 0, isDescribedBehind: Bool = false
  ) -> [UInt8] {
    var (bytes, directory, count): ([UInt8], [UInt8], Int) = ([], [], 0)
    for file in files {
      let (name, place) = (Array(file.name.utf8), bytes.count)
      // A member of gzip ends with the same checksum.
      let checksum = Array(gzip(file.bytes).suffix(8).prefix(4))
      let sizes = number(file.bytes.count, 4) + number(file.bytes.count, 4)
      let bits = number(flags | (isDescribedBehind ? 8 : 0), 2)
      bytes += [0x50, 0x4b, 3, 4] + number(20, 2) + bits + number(0, 6)
      bytes += (isDescribedBehind ? number(0, 12) : checksum + sizes) + number(name.count, 2) + number(0, 2) + name
      bytes += file.bytes
      if isDescribedBehind { bytes += [0x50, 0x4b, 7, 8] + checksum + sizes }
      for copy in 0..<repeated {
        let name = copy == 0 ? name : Array("\(copy)".utf8) + name
        directory += [0x50, 0x4b, 1, 2] + number(20, 2) + number(20, 2) + bits + number(0, 6) + checksum + sizes
        directory += number(name.count, 2) + number(0, 12) + number(place, 4) + name
        count += 1
      }
    }
    return bytes + directory + [0x50, 0x4b, 5, 6] + number(0, 4) + number(count, 2) + number(count, 2)
      + number(directory.count, 4) + number(bytes.count, 4) + number(0, 2)
  }

  private static let table = Array("Day,Model,Cost\n2026-11-25,m,0.5\n".utf8)
  private static let whole = archive([("a.csv", table)])
  /// Where the directory begins: behind a header of 30 bytes, a name of 5, and the table.
  private static let directory = 35 + table.count

  private static func bills(_ bytes: [UInt8]) throws(BillError) -> [Bill] {
    try BillReader(columns: ["day": "Day", "model": "Model", "cost": "Cost"]).bills(bytes, path: "x")
  }

  @Test func anArchiveThatSaysTheTruthIsRead() throws {
    for bytes in [Self.whole, Self.archive([("a.csv", Self.table)], isDescribedBehind: true)] {
      #expect(try Self.bills(bytes).flatMap(\.rows).map(\.cost) == [ExactAmount("0.5")])
    }
  }

  /// A digit of an amount, as a bit of a disk flips it: the table can be read, and is not what was charged.
  @Test func aChangedDigitIsFoundByTheChecksum() {
    let place = 35 + Self.table.count - 2
    #expect(Self.whole[place] == UInt8(ascii: "5"))
    for isDescribedBehind in [false, true] {
      var bytes = Self.archive([("a.csv", Self.table)], isDescribedBehind: isDescribedBehind)
      bytes[place] = UInt8(ascii: "9")
      #expect(throws: BillError.badArchive(path: "x")) { try Self.bills(bytes) }
    }
  }

  /// Places in the directory, and in a file's own header: flags, method, checksum, packed size, size.
  @Test(arguments: [8, 10, 16, 20, 24], [true, false])
  func aHeaderThatIsNotTrueIsRefused(_ place: Int, _ isOfDirectory: Bool) {
    var bytes = Self.whole
    bytes[isOfDirectory ? Self.directory + place : place - 2] ^= 1
    #expect(throws: BillError.badArchive(path: "x")) { try Self.bills(bytes) }
  }

  @Test(arguments: [0x1, 0x40, 0x2000]) func whatIsEncryptedIsRefused(_ bit: Int) {
    #expect(throws: BillError.badArchive(path: "x")) {
      try Self.bills(Self.archive([("a.csv", Self.table)], flags: bit))
    }
  }

  @Test func twoFilesOfOneNameAreRefusedByIt() {
    let twice = Self.archive([("a.csv", Self.table), ("b.csv", Self.table), ("a.csv", Self.table)])
    #expect(throws: BillError.doubleEntry(path: "x", name: "a.csv")) { try Self.bills(twice) }
  }

  @Test func aDirectoryOfMoreFilesThanItCountsIsRefused() {
    var bytes = Self.archive([("a.csv", Self.table), ("b.csv", Self.table)])
    bytes[bytes.count - 12] = 1
    #expect(throws: BillError.badArchive(path: "x")) { try Self.bills(bytes) }
  }

  /// Some programs write numbers of eight bytes, however small the archive is.
  @Test func wideNumbersAreRead() throws {
    let (checksum, count) = (Array(gzip(Self.table).suffix(8).prefix(4)), Self.table.count)
    let all = Self.number(0xffff_ffff, 4)
    let sizes = Self.number(count, 8) + Self.number(count, 8)
    let name = Self.number(5, 2)
    var bytes: [UInt8] = [0x50, 0x4b, 3, 4] + Self.number(45, 2) + Self.number(0, 8) + checksum + all + all + name
    bytes += Self.number(20, 2) + Array("a.csv".utf8) + [1, 0, 16, 0] + sizes + Self.table
    let start = bytes.count
    bytes += [0x50, 0x4b, 1, 2] + Self.number(45, 2) + Self.number(45, 2) + Self.number(0, 8) + checksum + all + all
    bytes += name + Self.number(28, 2) + Self.number(0, 10) + all + Array("a.csv".utf8) + [1, 0, 24, 0]
    bytes += sizes + Self.number(0, 8)
    let end = bytes.count
    bytes += [0x50, 0x4b, 6, 6] + Self.number(44, 8) + Self.number(45, 2) + Self.number(45, 2) + Self.number(0, 8)
    bytes += Self.number(1, 8) + Self.number(1, 8) + Self.number(end - start, 8) + Self.number(start, 8)
    bytes += [0x50, 0x4b, 6, 7] + Self.number(0, 4) + Self.number(end, 8) + Self.number(1, 4)
    bytes += [0x50, 0x4b, 5, 6] + Self.number(0, 4) + Self.number(0xffff, 2) + Self.number(0xffff, 2) + all + all
    bytes += Self.number(0, 2)
    #expect(try Self.bills(bytes).flatMap(\.rows).map(\.cost) == [ExactAmount("0.5")])
    // A place that no memory has.
    bytes[end + 55] = 0x7f
    #expect(throws: BillError.badArchive(path: "x")) { try Self.bills(bytes) }
  }
}
