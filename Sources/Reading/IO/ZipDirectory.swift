extension ZipArchive {
  /// The directory at an archive's end.
  struct Directory {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A file as the directory has it.
    struct File {
      var name: String
      var method: Int
      var checksum: Int
      /// How many bytes it has packed, and unpacked.
      var length: Int
      var size: Int
      /// Where its own header begins.
      var header: Int
      /// Where what the directory says of it ends.
      var end: Int
    }

    /// Bits of encryption.
    private static let encrypted = 0x2041
    /// Sizes and checksum stand behind a file's bytes, and not in its own header.
    private static let isDescribedBehind = 0x8
    /// What stands for a number that has its place elsewhere, because it may need eight bytes.
    private static let elsewhere = 0xffff_ffff

    private func number(_ at: Int, _ length: Int) -> Int? {
      guard at >= 0, at + length <= bytes.count else { return nil }
      // No place in memory is further.
      if length == 8, number(at + 4, 4) ?? 1 > 0xff { return nil }
      return (0..<length).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
    }

    /// How many files there are, and where the directory is.
    var place: (count: Int, bytes: Range<Int>)? {
      guard bytes.count >= 22,
        let end = stride(from: bytes.count - 22, through: max(0, bytes.count - 22 - 0xffff), by: -1)
          .first(where: { number($0, 4) == 0x0605_4b50 }),
        // An archive of several disks has parts elsewhere.
        number(end + 4, 4) == 0
      else { return nil }
      var found = (count: number(end + 10, 2), length: number(end + 12, 4), start: number(end + 16, 4))
      if number(end - 20, 4) == 0x0706_4b50 {
        guard let wide = number(end - 12, 8), number(wide, 4) == 0x0606_4b50 else { return nil }
        found = (number(wide + 32, 8), number(wide + 40, 8), number(wide + 48, 8))
      }
      guard let count = found.count, let length = found.length, let start = found.start, start + length <= end else {
        return nil
      }
      return (count, start..<(start + length))
    }

    /// What the directory says of a file.
    func file(at place: Int) -> File? {
      guard number(place, 4) == 0x0201_4b50, let flags = number(place + 8, 2), let method = number(place + 10, 2),
        let checksum = number(place + 16, 4), let length = number(place + 20, 4), let size = number(place + 24, 4),
        let name = number(place + 28, 2), let extra = number(place + 30, 2), let comment = number(place + 32, 2),
        let header = number(place + 42, 4), flags & Self.encrypted == 0, method == 0 || method == 8
      else { return nil }
      let end = place + 46 + name + extra + comment
      guard end <= bytes.count else { return nil }
      var wide = wideNumbers(from: place + 46 + name, length: extra)
      func whole(_ number: Int) -> Int? {
        guard number == Self.elsewhere else { return number }
        return wide.isEmpty ? nil : wide.removeFirst()
      }
      guard let size = whole(size), let length = whole(length), let header = whole(header) else { return nil }
      return File(
        name: String(decoding: bytes[(place + 46)..<(place + 46 + name)], as: UTF8.self), method: method,
        checksum: checksum, length: length, size: size, header: header, end: end)
    }

    /// The numbers of eight bytes among what is written beside a file's name.
    private func wideNumbers(from start: Int, length: Int) -> [Int] {
      var place = start
      while place + 4 <= start + length, let kind = number(place, 2), let size = number(place + 2, 2) {
        if kind == 1 { return stride(from: place + 4, to: place + 4 + size - 7, by: 8).compactMap { number($0, 8) } }
        place += 4 + size
      }
      return []
    }

    /// Where a file's bytes are; `nil` where its own header says something else of it than the directory.
    func body(of file: File) -> Range<Int>? {
      let header = file.header
      guard number(header, 4) == 0x0403_4b50, let flags = number(header + 6, 2), number(header + 8, 2) == file.method,
        let name = number(header + 26, 2), let extra = number(header + 28, 2), flags & Self.encrypted == 0
      else { return nil }
      if flags & Self.isDescribedBehind == 0 {
        guard number(header + 14, 4) == file.checksum,
          [Self.elsewhere, file.length].contains(number(header + 18, 4)),
          [Self.elsewhere, file.size].contains(number(header + 22, 4))
        else { return nil }
      }
      let start = header + 30 + name + extra
      return start + file.length <= bytes.count ? start..<(start + file.length) : nil
    }
  }
}
