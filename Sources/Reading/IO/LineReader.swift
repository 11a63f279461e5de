/// Cuts a byte source into lines through one buffer, which grows only when a line is longer than it.
///
/// A last line without its newline is not handed out: the writer has not finished it, or never will.
package struct LineReader<Source: ByteSource & ~Copyable>: ~Copyable {
  private var source: Source
  private var buffer: [UInt8]
  /// The bytes not yet handed out.
  private var pending: Range<Int> = 0..<0
  private var atEnd = false
  /// The offset of the first byte not yet handed out: after a read, where the next one goes on.
  package private(set) var offset: Int64
  /// Lines handed out so far.
  package private(set) var lines: Int64 = 0

  /// A reader of what the source gives.
  /// - Parameters:
  ///   - source: the bytes.
  ///   - offset: where in the file they begin.
  ///   - capacity: the buffer's first size in bytes.
  package init(_ source: consuming Source, at offset: Int64 = 0, capacity: Int = 1 << 19) {
    self.source = source
    self.offset = offset
    self.buffer = Array(repeating: 0, count: capacity)
  }

  /// Hands out whole lines, without their newline, until the source ends or a limit is reached.
  /// - Parameters:
  ///   - limit: the offset at which no further line is begun.
  ///   - body: takes a line and its offset in the file.
  /// - Returns: whether more lines may follow.
  /// - Throws: `LogError.unreadable`.
  package mutating func forEachLine(
    until limit: Int64 = .max, _ body: (Span<UInt8>, Int64) -> Void
  ) throws(LogError) -> Bool {
    while offset < limit {
      guard let length = buffer.span.extracting(pending).firstIndex(of: UInt8(ascii: "\n"), from: 0) else {
        if atEnd { return false }
        try refill()
        continue
      }
      let start = pending.lowerBound
      body(buffer.span.extracting(start..<(start + length)), offset)
      lines += 1
      offset += Int64(length + 1)
      pending = (start + length + 1)..<pending.upperBound
    }
    return true
  }

  /// Leaves out the rest of a line, however long it is.
  /// - Returns: whether it ended.
  /// - Throws: `LogError.unreadable`.
  package mutating func skipLine() throws(LogError) -> Bool {
    while true {
      if let length = buffer.span.extracting(pending).firstIndex(of: UInt8(ascii: "\n"), from: 0) {
        offset += Int64(length + 1)
        pending = (pending.lowerBound + length + 1)..<pending.upperBound
        return true
      }
      offset += Int64(pending.count)
      pending = 0..<0
      if atEnd { return false }
      try refill()
    }
  }

  private mutating func refill() throws(LogError) {
    if pending.lowerBound > 0 {
      buffer.replaceSubrange(0..<pending.count, with: Array(buffer[pending]))
      pending = 0..<pending.count
    } else if pending.count == buffer.count {
      buffer.append(contentsOf: repeatElement(0, count: buffer.count))
    }
    let end = pending.upperBound
    let count = try source.read(into: &buffer, from: end)
    if count == 0 { atEnd = true }
    pending = pending.lowerBound..<(end + count)
  }
}
