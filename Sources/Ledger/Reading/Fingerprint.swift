import Model
import Reading

/// Hashes by which a file is known again: of its front, and of the bytes before a place.
struct Fingerprint: Sendable {
  /// How many bytes of the front `head` is over.
  var headLength: Int64
  var head: Int64
  var tail: Int64

  /// How many bytes a hash is over, at the most.
  static let length: Int64 = 1024

  /// The hashes of a file; over what is there of it.
  /// - Parameters:
  ///   - place: where the tail ends.
  ///   - headLength: the length of the front, where it is not as long as can be.
  /// - Throws: `LogError.unreadable`.
  init(of file: OpenedFile, upTo place: Int64, headLength: Int64? = nil) throws(LogError) {
    self.headLength = headLength ?? min(Self.length, place)
    var source = FileSource(file)
    head = try Self.hash(&source, 0..<self.headLength)
    tail = try Self.hash(&source, max(0, place - Self.length)..<place)
  }

  init(headLength: Int64, head: Int64, tail: Int64) {
    (self.headLength, self.head, self.tail) = (headLength, head, tail)
  }

  /// Whether a file has the same front, and the same bytes before a place.
  func fits(_ file: OpenedFile, upTo place: Int64) throws(LogError) -> Bool {
    let found = try Fingerprint(of: file, upTo: place, headLength: headLength)
    return found.head == head && found.tail == tail
  }

  private static func hash(_ source: inout FileSource, _ range: Range<Int64>) throws(LogError) -> Int64 {
    var hash = StableHash()
    guard !range.isEmpty else { return hash.value }
    source.seek(to: range.lowerBound)
    var buffer = [UInt8](repeating: 0, count: range.count)
    var filled = 0
    while filled < buffer.count {
      let count = try source.read(into: &buffer, from: filled)
      if count == 0 { break }
      filled += count
    }
    hash.add(buffer[..<filled])
    return hash.value
  }
}
