/// Cuts a byte source into lines through one buffer, which grows only when a line is longer than it, and never beyond
/// `longestLine`.
///
/// Line ends are LF or CR LF; a byte order mark before a line is left out. A last line without its newline is handed
/// out only where the source has ended for good; a file that is still written to may go on with it.
package struct LineReader<Source: ByteSource & ~Copyable>: ~Copyable {
  private var source: Source
  private var buffer: [UInt8]
  /// The bytes not yet handed out.
  private var pending: Range<Int> = 0..<0
  /// How many of them are known to hold no newline.
  private var searched = 0
  private var atEnd = false
  /// Whether the rest of the line is being left out, because it is too long.
  private var isTooLong = false
  /// Whether NUL bytes were left out of the front of the line.
  private var hasHole = false
  private let rest: RestOfSource
  /// The offset of the first byte not yet handed out: after a read, where the next one goes on.
  package private(set) var offset: Int64
  /// Lines handed out so far, those included that were too long.
  package private(set) var lines: Int64 = 0

  /// The longest line that is read, bytes; a longer one is left out without being held. Routers accept bodies of 50 MB.
  package static var longestLine: Int { 256 << 20 }
  /// How many NUL bytes in front of a line are held: a crash can leave a hole of any size, and lines go on behind it.
  private static var longestHole: Int { 1 << 20 }

  /// A reader of what the source gives.
  /// - Parameters:
  ///   - source: the bytes.
  ///   - offset: where in the file they begin.
  ///   - capacity: the buffer's first size in bytes.
  ///   - rest: what becomes of a last line without its newline.
  package init(
    _ source: consuming Source, at offset: Int64 = 0, capacity: Int = 1 << 19, rest: RestOfSource = .waits
  ) {
    self.source = source
    self.offset = offset
    self.buffer = Array(repeating: 0, count: capacity)
    self.rest = rest
  }

  /// Bytes behind the last newline, once the source has ended; 0 where they were handed out.
  package var unfinished: Int { atEnd ? pending.count : 0 }

  /// Hands out lines, without their ends, until the source ends or a limit is reached.
  /// - Parameters:
  ///   - limit: the offset at which no further line is begun.
  ///   - leftOut: is told why a line is left out unseen.
  ///   - body: takes a line and its offset in the file.
  /// - Returns: whether more lines may follow.
  /// - Throws: `LogError`.
  package mutating func forEachLine(
    until limit: Int64 = .max, leftOut: (SkipReason) -> Void = { _ in }, _ body: (Span<UInt8>, Int64) -> Void
  ) throws(LogError) -> Bool {
    while offset < limit || isTooLong || hasHole {
      guard let length = lengthOfLine() else {
        if atEnd {
          if isTooLong || hasHole && pending.isEmpty {
            leaveOut(pending.count, leftOut)
          } else if !pending.isEmpty, rest.takes(buffer.span.extracting(pending)) {
            handOut(pending.count, newline: 0, body)
          }
          return false
        }
        dropWhatIsNotHeld()
        try refill()
        continue
      }
      if isTooLong || hasHole && length == 0 {
        leaveOut(length + 1, leftOut)
      } else {
        handOut(length, newline: 1, body)
      }
    }
    return true
  }

  /// Leaves out the rest of a line, however long it is.
  /// - Parameter limit: the offset from which on it does not matter whether it ends.
  /// - Returns: whether it ended before the limit.
  package mutating func skipLine(until limit: Int64 = .max) throws(LogError) -> Bool {
    while true {
      if let length = lengthOfLine() {
        advance(length + 1)
        return true
      }
      advance(pending.count)
      if atEnd || offset >= limit { return false }
      try refill()
    }
  }

  private mutating func lengthOfLine() -> Int? {
    let found = buffer.span.extracting(pending).firstIndex(of: UInt8(ascii: "\n"), from: searched)
    if found == nil { searched = pending.count }
    return found
  }

  /// Forgets what is pending where it belongs to a line that is too long, or is a hole in front of one.
  private mutating func dropWhatIsNotHeld() {
    if !isTooLong, pending.count > Self.longestHole, buffer[pending.lowerBound] == 0 {
      hasHole = true
      let hole = buffer.span.extracting(pending).zeros
      advance(hole)
    }
    if isTooLong || pending.count >= Self.longestLine {
      isTooLong = true
      advance(pending.count)
    }
  }

  private mutating func handOut(_ length: Int, newline: Int, _ body: (Span<UInt8>, Int64) -> Void) {
    var range = pending.lowerBound..<(pending.lowerBound + length)
    if length > 0, buffer[range.upperBound - 1] == UInt8(ascii: "\r") {
      range = range.lowerBound..<(range.upperBound - 1)
    }
    if range.count >= 3, buffer[range.lowerBound] == 0xEF, buffer[range.lowerBound + 1] == 0xBB,
      buffer[range.lowerBound + 2] == 0xBF
    {
      range = (range.lowerBound + 3)..<range.upperBound
    }
    if !range.isEmpty, buffer[range.lowerBound] == 0, let content = buffer[range].firstIndex(where: { $0 != 0 }) {
      range = content..<range.upperBound
    }
    body(buffer.span.extracting(range), offset)
    lines += 1
    hasHole = false
    advance(length + newline)
  }

  private mutating func leaveOut(_ length: Int, _ tell: (SkipReason) -> Void) {
    tell(isTooLong ? .tooLong : .nul)
    lines += 1
    (isTooLong, hasHole) = (false, false)
    advance(length)
  }

  private mutating func advance(_ count: Int) {
    offset += Int64(count)
    pending = (pending.lowerBound + count)..<pending.upperBound
    searched = 0
  }

  private mutating func refill() throws(LogError) {
    atEnd = try !buffer.refill(&pending, from: &source)
  }
}

/// What becomes of a last line without its newline.
package enum RestOfSource: Sendable {
  /// It waits: its writer has not finished it.
  case waits
  /// It counts where it is a whole object: nobody has written to the file for long.
  case countsIfWhole
  /// It counts: an archive or a stream that has ended cannot go on.
  case counts

  fileprivate func takes(_ line: Span<UInt8>) -> Bool {
    switch self {
    case .waits: false
    case .counts: true
    case .countsIfWhole: line.isWholeValue
    }
  }
}
