/// The lines of a program out of what another one made of them: UTF-16 text, and lines that have something before or
/// around them (`WrappedLine`). Where it is off, the bytes themselves.
///
/// Every line that comes in is one that goes out, so that a line keeps its number.
package struct UnwrappedSource<Source: ByteSource & ~Copyable>: ByteSource, ~Copyable {
  private var source: UTF16Source<Source>
  private let isOn: Bool
  private var raw: [UInt8]
  private var pending: Range<Int> = 0..<0
  /// How many pending bytes are known to hold no newline.
  private var searched = 0
  private var atEnd = false
  /// Whether a line is so long that it is handed out as it is.
  private var isTooLong = false
  private let unwrapper = LineUnwrapper()
  private var handedOut = 0
  private let borders: LineBorders?
  private var passed = LineBorders.Border()

  /// The lines of a source.
  /// - Parameters:
  ///   - isOn: whether there is anything to unwrap.
  ///   - borders: is told where the source can be entered.
  package init(_ source: consuming Source, isOn: Bool, borders: LineBorders? = nil) {
    self.borders = borders
    self.source = UTF16Source(source, isOn: isOn)
    self.isOn = isOn
    raw = isOn ? Array(repeating: 0, count: 1 << 17) : []
  }

  package mutating func read(into buffer: inout [UInt8], from start: Int) throws(LogError) -> Int {
    guard isOn else { return try source.read(into: &buffer, from: start) }
    guard start < buffer.count else { return 0 }
    while handedOut == unwrapper.lines.count {
      unwrapper.lines.removeAll(keepingCapacity: true)
      handedOut = 0
      if try !next() { return 0 }
    }
    let count = buffer.fill(from: start, with: unwrapper.lines[handedOut...])
    handedOut += count
    return count
  }

  /// Unwraps the lines that are there, or reads on.
  /// - Returns: whether more can follow.
  private mutating func next() throws(LogError) -> Bool {
    if let length = raw.span.extracting(pending).firstIndex(of: UInt8(ascii: "\n"), from: searched) {
      if isTooLong {
        unwrapper.lines += raw[pending.prefix(length + 1)]
        isTooLong = false
      } else {
        unwrapper.take(raw.span.extracting(pending.prefix(length)))
      }
      advance(length + 1)
      borders?.pass(length + 1)
      passed.lines += 1
      passed.unwrapped += Int64(unwrapper.lines.count)
      if !unwrapper.hasPieces { borders?.add(passed) }
      return true
    }
    searched = pending.count
    if isTooLong || pending.count >= LineReader<Source>.longestLine {
      isTooLong = true
      unwrapper.lines += raw[pending]
      advance(pending.count)
      passed.unwrapped += Int64(unwrapper.lines.count)
    }
    if atEnd {
      let isMore = !pending.isEmpty || unwrapper.hasPieces
      if !pending.isEmpty { unwrapper.take(last: raw.span.extracting(pending)) }
      unwrapper.finish()
      advance(pending.count)
      return isMore || !unwrapper.lines.isEmpty
    }
    atEnd = try !raw.refill(&pending, from: &source)
    return true
  }

  private mutating func advance(_ count: Int) {
    pending = (pending.lowerBound + count)..<pending.upperBound
    searched = 0
    passed.file += Int64(count)
  }
}

extension UnwrappedSource where Source == MemorySource {
  /// What the first bytes of a source unwrap to; `nil` where nothing is around them.
  static func front(_ bytes: [UInt8]) -> [UInt8]? {
    var source = UnwrappedSource(MemorySource(bytes), isOn: true)
    let isEncoded = UTF16Source<MemorySource>.isEncoded(bytes)
    // Memory can always be read.
    guard let plain = try? source.all(atMost: 4 * bytes.count, path: "") else { return nil }
    return isEncoded || source.unwrapper.found > 0 ? plain : nil
  }
}
