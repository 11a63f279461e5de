/// Reads the records of one kind of log, line by line.
package protocol RecordReader {
  /// Reads a record.
  /// - Parameters:
  ///   - bytes: the record, without a newline behind it.
  ///   - offset: where its line begins in its file.
  ///   - line: its line's number in its file, from 1.
  /// - Throws: the reason why it is left out.
  mutating func read(_ bytes: Span<UInt8>, at offset: Int64, line: Int64) throws(SkipReason)
  /// Counts a line, or a part of one, that is left out.
  mutating func skip(_ line: Int64, _ reason: SkipReason)
}

extension RecordReader {
  /// Takes one line, or one value of a document.
  /// - Parameters:
  ///   - bytes: the line without its newline.
  ///   - offset: where it begins in its file.
  ///   - line: its number in its file, from 1.
  package mutating func take(_ bytes: Span<UInt8>, at offset: Int64, line: Int64) {
    take(bytes, at: offset, line: line) { _ in false }
  }

  /// The same, where a line can also be of another source.
  /// - Parameter others: takes a line of another source, and says whether it is one.
  package mutating func take(
    _ bytes: Span<UInt8>, at offset: Int64, line: Int64, or others: (Span<UInt8>) -> Bool
  ) {
    do throws(SkipReason) {
      try read(bytes, at: offset, line: line)
    } catch {
      guard var shared = SharedLine(bytes, error) else {
        if !others(bytes), !unwrap(bytes, at: offset, line: line, or: others) { skip(line, error) }
        return
      }
      var fault: SkipReason?
      while let range = shared.next(bytes) {
        do throws(SkipReason) {
          try read(bytes.extracting(range), at: offset, line: line)
        } catch {
          if !others(bytes.extracting(range)) { fault = fault ?? error }
        }
      }
      if shared.isTorn { fault = error }
      // However many pieces are lost, it is one line.
      if let fault { skip(line, fault) }
    }
  }

  /// Takes a line out of an object of another program, in a file whose first lines have nothing around them: one that
  /// was put behind another one.
  /// - Returns: whether there was one.
  private mutating func unwrap(
    _ bytes: Span<UInt8>, at offset: Int64, line: Int64, or others: (Span<UInt8>) -> Bool
  ) -> Bool {
    guard WrappedLine.isObject(bytes), let inner = WrappedLine.text(of: bytes) else { return false }
    let text = inner.bytes.span
    do throws(SkipReason) {
      try read(text, at: offset, line: line)
      return true
    } catch {
      return others(text)
    }
  }
}

/// A line that holds several records, or the rest of one and others: two processes wrote at once, or one was killed in
/// the middle of a line and the next one went on behind it.
struct SharedLine {
  /// Whether there are pieces of others among what was passed so far.
  private(set) var isTorn = false
  private var start = 0
  private var first: Range<Int>?
  /// How many bytes may still be read in vain: what never ends is looked at from each of its beginnings.
  private var budget: Int

  /// Looks for the records in a line that is none by itself; `nil` where there is none.
  /// - Parameter fault: why it is none. What is sound and of somebody else holds none of ours.
  init?(_ bytes: Span<UInt8>, _ fault: SkipReason) {
    switch fault {
    case .brokenJSON, .nul: break
    case .foreign where !bytes.holds("{", at: bytes.firstVisible(from: 0)): break
    default: return nil
    }
    budget = 32 * bytes.count + 1 << 23
    first = record(bytes)
    if first == nil { return nil }
  }

  /// Where the next record stands that is whole; `nil` behind the last one.
  mutating func next(_ bytes: Span<UInt8>) -> Range<Int>? {
    if let known = first {
      first = nil
      return known
    }
    return record(bytes)
  }

  private mutating func record(_ bytes: Span<UInt8>) -> Range<Int>? {
    while true {
      start = bytes.firstVisible(from: start)
      if start == bytes.count { return nil }
      if let end = end(ofObjectAt: start, bytes) {
        defer { start = end }
        return start..<end
      }
      isTorn = true
      guard budget > 0, let next = beginning(in: bytes, after: start) else {
        start = bytes.count
        return nil
      }
      start = next
    }
  }

  private mutating func end(ofObjectAt start: Int, _ bytes: Span<UInt8>) -> Int? {
    guard bytes.holds("{", at: start) else { return nil }
    var cursor = JSONCursor(at: start)
    do throws(JSONFault) {
      try cursor.skip(bytes)
      return cursor.position
    } catch {
      budget -= error == .unexpectedEnd ? bytes.count - start : cursor.position - start
      return nil
    }
  }

  /// Where an object begins with which the line ends, or behind which another record follows: any other one is a member
  /// or an element of an object around it, or quoted in a text. What stands in a string of JSON cannot pass for it: its
  /// quotes are escaped.
  private mutating func beginning(in bytes: Span<UInt8>, after start: Int) -> Int? {
    var place = start + 1
    while budget > 0, let found = bytes.firstIndex(of: "{\"", from: place) {
      guard let end = end(ofObjectAt: found, bytes) else {
        place = found + 1
        continue
      }
      let next = bytes.firstVisible(from: end)
      if next == bytes.count || bytes.holds("{\"", at: next) || bytes[next] == 0 { return found }
      place = end
    }
    return nil
  }

  /// Whether an object behind this byte can be a member or an element of another one.
  private static func canBeWithin(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: " "): true
    default: false
    }
  }

  /// Whether a record can begin in what looks like one line: without taking the line apart, and more often than one does.
  static func mayBegin(in bytes: Span<UInt8>, from start: Int) -> Bool {
    var place = max(1, start)
    while let found = bytes.firstIndex(of: "{\"", from: place) {
      place = found + 2
      if !canBeWithin(bytes[found - 1]) { return true }
      let names: [StaticString] = ["level\":", "time\":", "text\":", "log\":"]
      if names.contains(where: { bytes.holds($0, at: place) }) { return true }
    }
    return false
  }
}
