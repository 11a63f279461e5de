/// What white space, and every other byte up to a blank, stands around.
extension Span where Element == UInt8 {
  /// How long the byte order mark in front is; 0 where there is none.
  var markLength: Int { holds("\u{FEFF}", at: 0) ? 3 : 0 }

  /// The first place at or after `start` of a byte that is no white space; `count` where there is none.
  func firstVisible(from start: Int) -> Int {
    var index = start
    while index < count, self[index] <= 0x20 { index += 1 }
    return index
  }

  /// The last byte that is no white space; `nil` where there is none.
  var lastVisible: UInt8? {
    var end = count
    while end > 0, self[end - 1] <= 0x20 { end -= 1 }
    return end > 0 ? self[end - 1] : nil
  }

  /// Whether the bytes are one JSON value and nothing else.
  var isWholeValue: Bool {
    var cursor = JSONCursor()
    do throws(JSONFault) {
      try cursor.skip(self)
    } catch {
      return false
    }
    return firstVisible(from: cursor.position) == count
  }
}
