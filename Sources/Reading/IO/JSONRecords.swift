/// Finds the records in a JSON value: itself, the elements of an array, or those of a page's `data`.
enum JSONRecords {
  /// Where the objects of a value begin; nowhere in one that is blank.
  /// - Parameter page: the key of a page that holds its records.
  /// - Throws: why the value holds no records.
  static func places(_ bytes: Span<UInt8>, page: StaticString? = nil) throws(SkipReason) -> [Int] {
    var index = 0
    while index < bytes.count, bytes[index] <= 0x20, bytes[index] != 0 { index += 1 }
    guard index < bytes.count else { return [] }
    guard [UInt8(ascii: "{"), UInt8(ascii: "[")].contains(bytes[index]) else {
      throw bytes[index] == 0 ? .nul : .foreign
    }
    do throws(JSONFault) {
      return try starts(bytes, page: page)
    } catch {
      throw SkipReason(error, in: bytes)
    }
  }

  /// - Throws: `JSONFault`, where the value is broken, or anything stands behind it.
  private static func starts(_ bytes: Span<UInt8>, page: StaticString?) throws(JSONFault) -> [Int] {
    var cursor = JSONCursor()
    var starts: [Int] = []
    if try cursor.isAt("[", bytes) {
      try elements(bytes, &cursor, &starts)
    } else {
      starts = [cursor.position]
      if let page {
        starts = try pageStarts(bytes, &cursor, page) ?? starts
      } else {
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
    try cursor.forEachElement(bytes) { (cursor) throws(JSONFault) in
      if try cursor.isAt("{", bytes) { starts.append(cursor.position) }
      try cursor.skip(bytes)
    }
  }
}
