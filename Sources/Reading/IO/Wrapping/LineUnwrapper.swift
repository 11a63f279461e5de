/// Takes lines out of those that other programs put around them, and puts the pieces of a line together.
final class LineUnwrapper {
  /// The pieces of a line that goes on.
  private struct Piece {
    var bytes: [UInt8]
    var lines = 1
    /// Whether it goes on for sure.
    var isCut: Bool
    /// How many bytes had been taken when the last of it came.
    var place = 0
  }

  /// The lines that were taken out, each with its newline.
  var lines: [UInt8] = []
  private var pieces: [WrappedLine.Writer: Piece] = [:]
  /// How many lines had anything around them.
  private(set) var found = 0

  private var taken = 0

  /// Within how many bytes of other lines a line goes on. Without a bound a stream that breaks off in the middle of a
  /// line would keep the whole log from being read on.
  static let longestPause = 1 << 18

  /// Whether lines go on that were begun.
  var hasPieces: Bool { !pieces.isEmpty }

  /// Takes a line without its newline, and adds what it holds to the lines.
  func take(_ line: Span<UInt8>) {
    taken += line.count
    defer { giveUp() }
    if pieces.isEmpty {
      guard let text = WrappedLine.text(of: line) else { return emit(line) }
      return take(text)
    }
    if let text = continuation(line) ?? WrappedLine.text(of: line) {
      take(text)
    } else {
      emit(line)
    }
  }

  /// Takes a last line that has no newline.
  func take(last line: Span<UInt8>) {
    take(line)
    // Within an object of another program a line has its end.
    if lines.last == UInt8(ascii: "\n"), !WrappedLine.isObject(line) { lines.removeLast() }
  }

  /// Adds what was begun and not ended.
  func finish() {
    for piece in pieces.sorted(by: { $0.key < $1.key }).map(\.value) {
      if let last = lines.last, last != UInt8(ascii: "\n") { lines.append(UInt8(ascii: "\n")) }
      emit(piece)
      // It may go on when its source does.
      guard piece.isCut || !WrappedLine.isWholeObject(piece.bytes.span) else { continue }
      while lines.last == UInt8(ascii: "\n") { lines.removeLast() }
    }
    pieces = [:]
  }

  private func take(_ text: WrappedLine) {
    found += 1
    var text = text
    if var piece = pieces.removeValue(forKey: text.writer) {
      if !piece.isCut, WrappedLine.isWholeObject(piece.bytes.span) {
        emit(piece)
      } else {
        piece.bytes += text.bytes
        piece.lines += 1
        piece.isCut = text.end == .cut
        if text.end == .whole { return emit(piece) }
        return keep(piece, of: text.writer)
      }
    }
    if text.end == .whole {
      emit(Piece(bytes: text.bytes, isCut: false))
    } else {
      text.bytes.reserveCapacity(4 * text.bytes.count)
      keep(Piece(bytes: text.bytes, isCut: text.end == .cut), of: text.writer)
    }
  }

  private func keep(_ piece: Piece, of writer: WrappedLine.Writer) {
    let held = pieces.values.reduce(piece.bytes.count) { $0 + $1.bytes.count }
    if held > LineReader<MemorySource>.longestLine {
      emit(piece)
    } else {
      pieces[writer] = piece
      pieces[writer]?.place = taken
    }
  }

  /// Lets go of lines that nobody went on with for too long.
  private func giveUp() {
    for (writer, piece) in pieces.sorted(by: { $0.key < $1.key }) where taken - piece.place > Self.longestPause {
      pieces[writer] = nil
      emit(piece)
    }
  }

  /// The next piece of a line of which only the first names what wraps it.
  private func continuation(_ line: Span<UInt8>) -> WrappedLine? {
    for writer in pieces.keys {
      switch writer {
      case .bare: return WrappedLine(bytes: line.array, writer: writer, isJournal: true)
      case .process(let name):
        let reach = line.extracting(0..<min(line.count, WrappedLine.longestPrefix)).array
        guard let place = reach.firstRange(of: Array(name.utf8) + [UInt8(ascii: " ")]) else { continue }
        return WrappedLine(
          bytes: line.extracting(place.upperBound..<line.count).array, writer: writer, isJournal: true)
      case .stream: continue
      }
    }
    return nil
  }

  private func emit(_ line: Span<UInt8>) {
    lines.append(contentsOf: line)
    lines.append(UInt8(ascii: "\n"))
  }

  /// Adds a line, and an empty one for each of its other pieces.
  private func emit(_ piece: Piece) {
    var bytes = piece.bytes
    // Colours and prefixes can stand within, and a log of logs.
    for _ in 0..<WrappedLine.deepest {
      guard let inner = WrappedLine.text(of: bytes.span), inner.end != .cut else { break }
      bytes = inner.bytes
    }
    lines += bytes
    lines.append(contentsOf: repeatElement(UInt8(ascii: "\n"), count: piece.lines))
  }
}

extension Span where Element == UInt8 {
  /// The same bytes.
  var array: [UInt8] { unsafe withUnsafeBufferPointer { unsafe Array($0) } }
}

extension [UInt8] {
  /// Adds bytes.
  mutating func append(contentsOf span: Span<UInt8>) {
    unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}
