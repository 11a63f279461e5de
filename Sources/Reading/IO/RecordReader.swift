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
      guard let shared = SharedLine(bytes, error) else {
        if !others(bytes) { skip(line, error) }
        return
      }
      var fault: SkipReason? = shared.isTorn ? error : nil
      for range in shared.records {
        do throws(SkipReason) {
          try read(bytes.extracting(range), at: offset, line: line)
        } catch {
          if !others(bytes.extracting(range)) { fault = fault ?? error }
        }
      }
      // However many pieces are lost, it is one line.
      if let fault { skip(line, fault) }
    }
  }
}

/// A line that holds several records, or the rest of one and others: two processes wrote at once, or one was killed in
/// the middle of a line and the next one went on behind it.
struct SharedLine {
  /// Where the records stand that are whole.
  private(set) var records: [Range<Int>] = []
  /// Whether there are pieces of others.
  private(set) var isTorn = false

  /// How many beginnings are looked at.
  private static let mostBeginnings = 64

  /// Looks for the records in a line that is none by itself; `nil` where there is none.
  /// - Parameter fault: why it is none. What is sound and of somebody else holds none of ours.
  init?(_ bytes: Span<UInt8>, _ fault: SkipReason) {
    switch fault {
    case .brokenJSON, .nul: break
    case .foreign where !bytes.holds("{", at: bytes.firstVisible(from: 0)): break
    default: return nil
    }
    var (start, looked) = (0, 0)
    while looked < Self.mostBeginnings {
      looked += 1
      start = bytes.firstVisible(from: start)
      if start == bytes.count { break }
      if let end = Self.end(ofObjectAt: start, bytes) {
        records.append(start..<end)
        start = end
      } else {
        isTorn = true
        guard let next = Self.beginning(in: bytes, after: start, &looked) else { break }
        start = next
      }
    }
    if records.isEmpty { return nil }
  }

  private static func end(ofObjectAt start: Int, _ bytes: Span<UInt8>) -> Int? {
    guard bytes.holds("{", at: start) else { return nil }
    do throws(JSONFault) {
      var cursor = JSONCursor(at: start)
      try cursor.skip(bytes)
      return cursor.position
    } catch {
      return nil
    }
  }

  /// Where an object begins that is no member or element of another one. What stands in a string cannot pass for it:
  /// its quotes are escaped.
  private static func beginning(in bytes: Span<UInt8>, after start: Int, _ looked: inout Int) -> Int? {
    var place = start + 1
    while looked < mostBeginnings, let found = bytes.firstIndex(of: "{\"", from: place) {
      switch bytes[found - 1] {
      case UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: " "):
        // A member or an element, unless the line ends with it, or another record follows: the object around it never
        // ends.
        looked += 1
        guard let end = end(ofObjectAt: found, bytes) else {
          place = found + 1
          continue
        }
        let next = bytes.firstVisible(from: end)
        if next == bytes.count || bytes.holds("{\"", at: next) { return found }
        place = end
      default: return found
      }
    }
    return nil
  }
}
