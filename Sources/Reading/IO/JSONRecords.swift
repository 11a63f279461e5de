/// Finds the records in a JSON value: itself, the elements of an array, or those of a page's `data`.
enum JSONRecords {
  /// Where the objects begin.
  /// - Parameter page: the key of a page that holds its records.
  /// - Throws: `JSONFault`, where the value is broken, or anything stands behind it.
  static func starts(_ bytes: Span<UInt8>, page: StaticString? = nil) throws(JSONFault) -> [Int] {
    var cursor = JSONCursor()
    var starts: [Int] = []
    if try cursor.isAt("[", bytes) {
      try elements(bytes, &cursor, &starts)
    } else {
      starts = [cursor.position]
      if let page, let inner = try pageStarts(bytes, &cursor, page) {
        starts = inner
      } else {
        cursor.position = starts[0]
        try cursor.skip(bytes)
      }
    }
    while cursor.position < bytes.count {
      guard [0x20, 0x0d, 0x0a, 0x09, UInt8(ascii: ",")].contains(bytes[cursor.position]) else { throw .unexpectedByte }
      cursor.position += 1
    }
    return starts
  }

  private static func pageStarts(
    _ bytes: Span<UInt8>, _ cursor: inout JSONCursor, _ page: StaticString
  ) throws(JSONFault) -> [Int]? {
    try cursor.enterObject(bytes)
    var found: [Int]?
    var first = true
    while let key = try nextKey(bytes, &cursor, &first) {
      if isKey(bytes, key, page), try cursor.isAt("[", bytes) {
        var starts: [Int] = []
        try elements(bytes, &cursor, &starts)
        found = starts
      } else {
        // A record has its own keys first: only a page's begins with them.
        try cursor.skip(bytes)
      }
    }
    return found
  }

  private static func elements(
    _ bytes: Span<UInt8>, _ cursor: inout JSONCursor, _ starts: inout [Int]
  ) throws(JSONFault) {
    try cursor.take(UInt8(ascii: "["), bytes)
    if try cursor.isAt("]", bytes) {
      cursor.position += 1
      return
    }
    while true {
      if try cursor.isAt("{", bytes) { starts.append(cursor.position) }
      try cursor.skip(bytes)
      if try cursor.isAt("]", bytes) {
        cursor.position += 1
        return
      }
      try cursor.take(UInt8(ascii: ","), bytes)
    }
  }
}
