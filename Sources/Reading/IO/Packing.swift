/// How the records of a file are packed.
package enum Packing: Hashable, Sendable {
  /// By gzip; what that unpacks to can be a tape archive.
  case gzip
  /// As a tape archive (`tar`).
  case tar
  /// As a ZIP archive.
  case zip

  /// How bytes are packed of which these are the first, whatever the file's name; `nil` where they are plain.
  package init?(_ front: [UInt8]) {
    if front.starts(with: [0x1f, 0x8b]) {
      self = .gzip
    } else if ZipArchive.isArchive(front) {
      self = .zip
    } else if TarHeader.isHeader(front[...]) {
      self = .tar
    } else {
      return nil
    }
  }

  /// What else packs files, by how its files begin: named so that people know what to unpack.
  static func foreign(_ front: [UInt8]) -> String? {
    let marks: [([UInt8], String)] = [
      ([0x28, 0xb5, 0x2f, 0xfd], "zstd"), ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "xz"), ([0x42, 0x5a, 0x68], "bzip2"),
      ([0x37, 0x7a, 0xbc, 0xaf], "7-Zip"), ([0x04, 0x22, 0x4d, 0x18], "lz4"), ([0x52, 0x61, 0x72, 0x21], "RAR"),
    ]
    return marks.first { front.starts(with: $0.0) }?.1
  }
}

/// The source of a file's plain bytes, handed to what reads them.
package enum Unpacking {
  /// Reads a file's plain bytes.
  /// - Parameters:
  ///   - packing: how they are packed.
  ///   - path: names the file in errors.
  ///   - gzip: reads what gzip packed.
  ///   - tar: reads a tape archive.
  ///   - memory: reads what had to be unpacked as a whole.
  package static func read<Result>(
    _ file: consuming FileSource, as packing: Packing, path: String,
    gzip: (consuming TarSource<GzipSource<FileSource>>) throws(LogError) -> Result,
    tar: (consuming TarSource<FileSource>) throws(LogError) -> Result,
    memory: (MemorySource) throws(LogError) -> Result
  ) throws(LogError) -> Result {
    switch packing {
    case .gzip: try gzip(TarSource(GzipSource(file, path: path), path: path))
    case .tar: try tar(TarSource(file, path: path))
    case .zip: try memory(MemorySource(try ZipArchive.contents(of: file, path: path)))
    }
  }
}

extension ZipArchive {
  /// The largest archive that is read, bytes: it is unpacked in memory.
  private static let largestArchive = 512 << 20
  /// The most that it may hold, bytes.
  private static let largestContents = 4 * largestArchive

  /// What all files of an archive hold, one behind the other, each from a line of its own.
  /// - Throws: `LogError.badArchive`.
  static func contents(of file: consuming FileSource, path: String) throws(LogError) -> [UInt8] {
    let bytes = try file.all(atMost: largestArchive, path: path)
    guard let entries = entries(bytes, atMost: largestContents) else { throw .badArchive(path: path, fault: .corrupt) }
    var plain: [UInt8] = []
    for entry in entries where !TarHeader.isCompanion(entry.name) {
      plain += entry.bytes
      if plain.last != UInt8(ascii: "\n") { plain.append(UInt8(ascii: "\n")) }
      guard plain.count <= largestContents else { throw .badArchive(path: path, fault: .tooLarge) }
    }
    return plain
  }
}
